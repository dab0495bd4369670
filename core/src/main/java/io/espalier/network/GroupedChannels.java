package io.espalier.network;

import io.espalier.layers.GroupedConvolution;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Grouped convolutions: a group goes whole, with all that it reads and gives. */
final class GroupedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        int groups = layer(node).getGroups();
        int in = read.get(0).length / groups;
        int[] given = strands.made(node.name(), Math.toIntExact(layer(node).getNOut()));
        int out = given.length / groups;
        for (int group = 0; group < groups; group++) {
            int first = read.get(0)[group * in];
            for (int i = 1; i < in; i++) {
                strands.join(first, read.get(0)[group * in + i]);
            }
            for (int i = 0; i < out; i++) {
                strands.join(first, given[group * out + i]);
            }
        }
        return given;
    }

    @Override
    public List<Axis> axes(Node node) {
        List<Axis> axes = new ArrayList<>(ConvolvedChannels.bias(node));
        axes.add(0, new Axis(ConvolutionParamInitializer.WEIGHT_KEY, 0, Side.GIVEN, UnitGroup.Role.KERNEL));
        return axes;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        GroupedConvolution layer = layer(node);
        long left = read.get(0).length / (layer.getNIn() / layer.getGroups());
        ConvolutionLayer plain = Decomposition.convolution(
                layer, read.get(0).length, given.length, layer.hasBias(), layer.getActivationFn());
        // Of one group it is an ordinary convolution, which can be decomposed.
        return node.computing(left == 1 ? plain : new GroupedConvolution(plain, Math.toIntExact(left)), parameters);
    }

    private static GroupedConvolution layer(Node node) {
        return node.layer(GroupedConvolution.class).orElseThrow();
    }
}
