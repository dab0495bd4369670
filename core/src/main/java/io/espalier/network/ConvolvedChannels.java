package io.espalier.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Ordinary convolutions: every channel that is given is made of all that are read. */
final class ConvolvedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        return strands.made(node.name(), Math.toIntExact(node.parameter(ConvolutionParamInitializer.WEIGHT_KEY).size(0)));
    }

    @Override
    public List<Axis> axes(Node node) {
        List<Axis> axes = new ArrayList<>(List.of(
                new Axis(ConvolutionParamInitializer.WEIGHT_KEY, 0, Side.GIVEN, UnitGroup.Role.KERNEL),
                new Axis(ConvolutionParamInitializer.WEIGHT_KEY, 1, Side.READ, UnitGroup.Role.READER)));
        axes.addAll(bias(node));
        return axes;
    }

    /** The axis of a layer's bias, if it has one. */
    static List<Axis> bias(Node node) {
        INDArray bias = node.parameters().get(ConvolutionParamInitializer.BIAS_KEY);
        return bias == null
                ? List.of()
                : List.of(new Axis(ConvolutionParamInitializer.BIAS_KEY, bias.rank() - 1, Side.GIVEN, UnitGroup.Role.SHIFT));
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
        return node.computing(
                Decomposition.convolution(layer, read.get(0).length, given.length, layer.hasBias(), layer.getActivationFn()), parameters);
    }
}
