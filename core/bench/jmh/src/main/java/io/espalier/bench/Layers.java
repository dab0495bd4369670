package io.espalier.bench;

import io.espalier.engine.ParameterKey;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.GroupedConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One layer in a frame: a 1x1 convolution to 128 channels with a factor each and a rectifier before it, global pooling and a
 * dense layer behind. The kind {@code frame} is the frame alone, to be taken off the others. A step computes the gradients of
 * the factors, so those of the layer's input, and those of the layer's own factors where it has some.
 */
@State(Scope.Benchmark)
public class Layers extends TimedNetwork {

    private static final int CHANNELS = 128;
    private static final int SIZE = 16;
    private static final int BATCH = 32;
    private static final int GROUPS = 8;
    private static final String FACTORS = "factors";

    @Param({"frame", "3x3", "3x3-stride-2", "1x1", "depthwise", "grouped", "decomposed-0.5", "decomposed-0.25", "concat-16", "concat-12", "sum",
        "max-pooling", "average-pooling", "batch-norm"})
    public String kind;

    @Setup
    public void compile() {
        Sketch sketch = new Sketch().convolve(CHANNELS, 1, 1, Activation.IDENTITY).put(FACTORS, new ChannelScaling(CHANNELS), CHANNELS)
                .put("frame", new ActivationLayer(Activation.RELU), CHANNELS);
        put(sketch);
        Network network = sketch.network(SIZE);
        Set<ParameterKey> wanted = new HashSet<>(Set.of(new ParameterKey(FACTORS, ChannelScaling.FACTORS)));
        if (kind.startsWith("decomposed-")) {
            long rank = Math.round(CHANNELS * Double.parseDouble(kind.substring("decomposed-".length())));
            network = Decomposition.decompose(network, Map.of("layer", rank));
            Decomposition.scalings(network).stream().filter(node -> node.name().equals("layer"))
                    .forEach(node -> wanted.add(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS)));
        } else if (kind.equals("batch-norm")) {
            wanted.add(new ParameterKey("layer", "gamma"));
            wanted.add(new ParameterKey("layer", "beta"));
        }
        run(new Running(network, wanted, BATCH, SIZE));
    }

    private void put(Sketch sketch) {
        switch (kind) {
            case "frame" -> { }
            case "3x3", "decomposed-0.5", "decomposed-0.25" -> sketch.put("layer", Sketch.convolution(CHANNELS, CHANNELS, 3, 1, Activation.RELU), CHANNELS);
            case "3x3-stride-2" -> sketch.convolve(CHANNELS, 3, 2, Activation.RELU);
            case "1x1" -> sketch.convolve(CHANNELS, 1, 1, Activation.RELU);
            case "depthwise" -> sketch.put(new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(1).convolutionMode(ConvolutionMode.Same)
                    .nIn(CHANNELS).nOut(CHANNELS).activation(Activation.RELU).build(), CHANNELS);
            case "grouped" -> sketch.put(new GroupedConvolution(Sketch.convolution(CHANNELS, CHANNELS, 3, 1, Activation.RELU), GROUPS), CHANNELS);
            case "concat-16" -> concat(sketch, 16);
            case "concat-12" -> concat(sketch, 12);
            case "sum" -> sketch.join(new ElementWiseVertex(ElementWiseVertex.Op.Add), CHANNELS, "frame", "frame");
            case "max-pooling" -> pool(sketch, SubsamplingLayer.PoolingType.MAX);
            case "average-pooling" -> pool(sketch, SubsamplingLayer.PoolingType.AVG);
            case "batch-norm" -> sketch.put("layer", new BatchNormalization.Builder().nIn(CHANNELS).nOut(CHANNELS).build(), CHANNELS);
            default -> throw new IllegalArgumentException("no layer of kind '" + kind + "'");
        }
    }

    /** What a dense block does, with the 1x1 convolution that makes the channels that come in. */
    private static void concat(Sketch sketch, int more) {
        sketch.convolve(more, 1, 1, Activation.RELU);
        sketch.join(new MergeVertex(), CHANNELS + more, "frame", sketch.top());
    }

    private static void pool(Sketch sketch, SubsamplingLayer.PoolingType type) {
        sketch.put(new SubsamplingLayer.Builder(type).kernelSize(2, 2).stride(2, 2).build(), CHANNELS);
    }
}
