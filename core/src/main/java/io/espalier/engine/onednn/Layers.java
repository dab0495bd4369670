package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.GroupedConvolution;
import io.espalier.network.BatchNorms;
import io.espalier.network.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.params.DepthwiseConvolutionParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arithmetic of single layers: their parameters as weights. */
final class Layers {

    private Layers() {}

    static ParameterKey key(Node node, String parameter) {
        return new ParameterKey(node.name(), parameter);
    }

    /** @throws UnsupportedLayerException when oneDNN does not have it */
    static Activation activation(Node node, IActivation activation) {
        return Activation.of(activation).orElseThrow(() -> new UnsupportedLayerException(node, "the activation " + activation));
    }

    /** A parameter as it is. */
    private static Weight whole(ParameterKey key, long... extents) {
        return Weight.of(key.toString(), Set.of(key), parameters -> parameters.value(key), extents);
    }

    private static Optional<Weight> bias(Node node, String parameter) {
        return node.parameters().containsKey(parameter)
                ? Optional.of(whole(key(node, parameter), node.parameter(parameter).length()))
                : Optional.empty();
    }

    static Kernel convolution(Node node, ConvolutionLayer layer) {
        ParameterKey key = key(node, ConvolutionParamInitializer.WEIGHT_KEY);
        Weight weight = whole(key, node.parameter(key.parameter()).shape());
        return new Kernel(weight, bias(node, ConvolutionParamInitializer.BIAS_KEY), Geometry.of(layer));
    }

    /** DL4J keeps [k_h, k_w, c_in, multiplier]; output channel = input channel x multiplier + m. */
    static Kernel depthwise(Node node, DepthwiseConvolution2D layer) {
        ParameterKey key = key(node, DepthwiseConvolutionParamInitializer.WEIGHT_KEY);
        long[] shape = node.parameter(key.parameter()).shape();
        Weight weight = Weight.of(
                key.toString(), Set.of(key), p -> p.value(key).permute(2, 3, 0, 1).dup('c'), shape[2], shape[3], 1, shape[0], shape[1]);
        return new Kernel(weight, bias(node, DepthwiseConvolutionParamInitializer.BIAS_KEY), Geometry.of(layer));
    }

    static Kernel grouped(Node node, GroupedConvolution layer) {
        ParameterKey key = key(node, ConvolutionParamInitializer.WEIGHT_KEY);
        long[] shape = node.parameter(key.parameter()).shape();
        Weight weight = whole(key, layer.getGroups(), shape[0] / layer.getGroups(), shape[1], shape[2], shape[3]);
        return new Kernel(weight, bias(node, ConvolutionParamInitializer.BIAS_KEY), Geometry.of(layer));
    }

    /** Both halves of a decomposed convolution. */
    static Decomposed decomposed(Convolution basis, Node scaling, boolean trained) {
        ParameterKey v = key(scaling, BasisScalingConvolution.FACTORS);
        ParameterKey s = key(scaling, BasisScalingConvolution.SINGULAR_VALUES);
        return new Decomposed(
                basis.kernel(), basis.trained(), vectors(scaling), scaling(scaling), v, s, trained, Activation.IDENTITY);
    }

    /** Whether one convolution is less work than its two halves. */
    static boolean merges(Kernel basis, Node scaling) {
        long rank = scaling.parameter(BasisScalingConvolution.RIGHT_VECTORS).size(0);
        long channels = scaling.parameter(BasisScalingConvolution.RIGHT_VECTORS).size(1);
        long n = Shapes.product(basis.weight().extents()) / rank;
        return rank * (n + channels) >= n * channels;
    }

    /** Both halves of a decomposed convolution as the one that they are. */
    static Kernel merged(Kernel basis, Node scaling) {
        Kernel second = scaling(scaling);
        long[] filters = basis.weight().extents();
        long channels = second.weight().extents()[0];
        Set<ParameterKey> keys = new HashSet<>(basis.weight().from());
        keys.addAll(second.weight().from());
        Weight kernels = Weight.of(basis.weight().name() + "x" + second.weight().name(), keys, p -> {
            INDArray flat = basis.weight().value().apply(p).reshape('c', filters[0], -1);
            // As large as a kernel each: not left to the garbage collector, which does not see what they take.
            try (INDArray vectors = second.weight().value().apply(p); INDArray product = vectors.transpose().mmul(flat)) {
                return product.dup('c');
            }
        }, channels, filters[1], filters[2], filters[3]);
        return new Kernel(kernels, second.bias(), basis.geometry());
    }

    /** V as [c_out, r, 1, 1]. */
    private static Weight vectors(Node scaling) {
        ParameterKey key = key(scaling, BasisScalingConvolution.RIGHT_VECTORS);
        long rank = scaling.parameter(key.parameter()).size(0);
        long channels = scaling.parameter(key.parameter()).size(1);
        return new Weight(
                key.toString(), new long[] {channels, rank, 1, 1}, new long[] {1, channels, 1, 1}, Set.of(key), p -> p.value(key));
    }

    /** The second half alone, the factors multiplied in. */
    static Kernel scaling(Node node) {
        ParameterKey v = key(node, BasisScalingConvolution.FACTORS);
        ParameterKey s = key(node, BasisScalingConvolution.SINGULAR_VALUES);
        return new Kernel(
                vectors(node).changed("*vs", Set.of(v, s), (right, p) -> right.mulColumnVector(p.value(v).mul(p.value(s)))),
                bias(node, BasisScalingConvolution.BIAS), Geometry.POINTWISE);
    }

    /** A frozen affine as a layer of its own. */
    static Affine affine(Node node) {
        long channels = node.parameters().values().iterator().next().length();
        Weight numbers = Weight.of(node.name() + "/both", keys(node), p -> {
            BatchNorms.Affine both = values(node, p);
            return Nd4j.concat(0, both.scale().reshape(1, channels), both.shift().reshape(1, channels));
        }, 2, channels);
        Weight scale = Weight.of(node.name() + "/scale", keys(node), p -> values(node, p).scale(), 1, channels, 1, 1);
        return new Affine(numbers, scale, Activation.IDENTITY);
    }

    private static Weight shift(Node node, long... extents) {
        return Weight.of(node.name() + "/shift", keys(node), p -> values(node, p).shift(), extents);
    }

    /** What a frozen batch norm, an affine or factors for channels compute. */
    static BatchNorms.Affine values(Node node, Parameters parameters) {
        if (node.layer(BatchNormalization.class).isPresent()) {
            Map<String, INDArray> present = new HashMap<>();
            node.parameters().keySet().forEach(parameter -> present.put(parameter, parameters.value(key(node, parameter))));
            return BatchNorms.affine(node.with(present));
        }
        if (node.layer(ChannelScaling.class).isPresent()) {
            INDArray factors = parameters.value(key(node, ChannelScaling.FACTORS));
            return new BatchNorms.Affine(factors, factors.mul(0));
        }
        return new BatchNorms.Affine(
                parameters.value(key(node, ChannelAffine.SCALE)), parameters.value(key(node, ChannelAffine.SHIFT)));
    }

    static Set<ParameterKey> keys(Node node) {
        Set<ParameterKey> keys = new HashSet<>();
        node.parameters().keySet().forEach(parameter -> keys.add(key(node, parameter)));
        return keys;
    }

    /** A kernel with an affine after it multiplied in; the first axis of its values is that of the output channels. */
    static Kernel folded(Kernel kernel, Node affine) {
        return new Kernel(scaled(kernel.weight(), affine, false), Optional.of(foldedBias(kernel.bias(), affine)), kernel.geometry());
    }

    /** The same for a 1x1 kernel whose values are [c_in, c_out]. */
    static Kernel foldedLast(Kernel kernel, Node affine) {
        return new Kernel(scaled(kernel.weight(), affine, true), Optional.of(foldedBias(kernel.bias(), affine)), kernel.geometry());
    }

    static Weight scaled(Weight weight, Node affine, boolean channelsLast) {
        Function<INDArray, long[]> matrix = scale -> channelsLast ? new long[] {-1, scale.length()} : new long[] {scale.length(), -1};
        return weight.changed("*" + affine.name(), keys(affine), (values, p) -> {
            INDArray scale = values(affine, p).scale();
            INDArray flat = values.reshape('c', matrix.apply(scale));
            INDArray product = channelsLast ? flat.mulRowVector(scale) : flat.mulColumnVector(scale);
            return product.reshape('c', values.shape());
        });
    }

    private static Weight foldedBias(Optional<Weight> bias, Node affine) {
        if (bias.isEmpty()) {
            long channels = affine.parameters().values().iterator().next().length();
            return shift(affine, channels);
        }
        return bias.get().changed("*" + affine.name(), keys(affine), (values, p) -> {
            BatchNorms.Affine numbers = values(affine, p);
            return values.reshape(values.length()).mul(numbers.scale()).addi(numbers.shift());
        });
    }
}
