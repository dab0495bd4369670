package io.espalier.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Depthwise convolutions, kernels [k_h, k_w, c_in, multiplier]: a channel goes with all that are made of it. */
final class DepthwiseChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        int multiplier = node.layer(DepthwiseConvolution2D.class).orElseThrow().getDepthMultiplier();
        int[] given = strands.made(node.name(), read.get(0).length * multiplier);
        for (int i = 0; i < given.length; i++) {
            strands.join(read.get(0)[i / multiplier], given[i]);
        }
        return given;
    }

    @Override
    public List<Axis> axes(Node node) {
        List<Axis> axes = new ArrayList<>(ConvolvedChannels.bias(node));
        axes.add(0, new Axis(ConvolutionParamInitializer.WEIGHT_KEY, 2, Side.READ, UnitGroup.Role.KERNEL));
        return axes;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node.computing(Resized.layer(node, read.get(0).length, given.length), parameters);
    }
}
