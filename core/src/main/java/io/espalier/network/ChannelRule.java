package io.espalier.network;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What one family of nodes does with channels. Without state, and the same for every node of the family. */
interface ChannelRule {

    /** Layers that give each channel of what they read, changed in itself at most, and have no parameters for it. */
    Set<Class<?>> CARRIERS = Set.of(
            ActivationLayer.class, SubsamplingLayer.class, GlobalPoolingLayer.class, DropoutLayer.class, ZeroPaddingLayer.class,
            Cropping2D.class, Upsampling2D.class, LossLayer.class);

    /** Which channels a dimension of a parameter runs along. */
    enum Side {
        READ,
        GIVEN
    }

    /**
     * A dimension of a parameter that has one index for each channel.
     *
     * @param parameter DL4J's name of it
     * @param dimension of it
     * @param side the channels
     * @param role what the parameter is for them
     */
    record Axis(String parameter, int dimension, Side side, UnitGroup.Role role) {}

    /** The strands of what a node gives, of the strands of what it reads (after its preprocessor), input by input. */
    int[] follow(Node node, List<int[]> read, Strands strands);

    /** Dimensions of the node's parameters that run along channels. */
    default List<Axis> axes(Node node) {
        return List.of();
    }

    /**
     * The node for fewer channels.
     *
     * @param parameters those of the node, cut along its axes
     * @param read indices of the channels that stay of what it reads, input by input
     * @param given indices of the channels that stay of what it gives
     */
    Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given);

    /** The rule for a node; empty when what it does with channels is not known. */
    static Optional<ChannelRule> of(Node node) {
        return node.layer().isPresent() ? node.layer().flatMap(layer -> of(node, layer)) : of(node.vertex());
    }

    private static Optional<ChannelRule> of(Node node, Layer layer) {
        if (Decomposition.isPlainConvolution(node)) {
            return Optional.of(new ConvolvedChannels());
        }
        Class<?> type = layer.getClass();
        if (type == GroupedConvolution.class) {
            return Optional.of(new GroupedChannels());
        }
        if (type == DepthwiseConvolution2D.class) {
            return Optional.of(new DepthwiseChannels());
        }
        if (type == OutputLayer.class || layer instanceof DenseLayer dense && type == DenseLayer.class && !dense.hasLayerNorm()) {
            return Optional.of(new DenseChannels());
        }
        if (type == BatchNormalization.class || type == ChannelAffine.class || type == ChannelScaling.class) {
            return Optional.of(new ScaledChannels());
        }
        if (type == ConstantPadding.class) {
            return Optional.of(new PaddedChannels());
        }
        return CARRIERS.contains(type) ? Optional.of(new CarriedChannels()) : Optional.empty();
    }

    private static Optional<ChannelRule> of(GraphVertex vertex) {
        if (vertex instanceof ElementWiseVertex) {
            return Optional.of(new CombinedChannels());
        }
        if (vertex instanceof MergeVertex merge && merge.getMergeAxis() == MergeVertex.DEFAULT_MERGE_DIM) {
            return Optional.of(new MergedChannels());
        }
        if (vertex instanceof SubsetVertex) {
            return Optional.of(new ChannelRange());
        }
        if (vertex instanceof Gate) {
            return Optional.of(new GatedChannels());
        }
        if (vertex instanceof PreprocessorVertex reshape && Reshaping.isKnown(reshape.getPreProcessor())) {
            return Optional.of(new ReshapedChannels());
        }
        boolean carries = vertex instanceof ScaleVertex || vertex instanceof ShiftVertex;
        return carries ? Optional.of(new CarriedChannels()) : Optional.empty();
    }
}
