package io.espalier.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Dense layers, W [in, out]. A feature map that is flattened is height * width rows of W. */
final class DenseChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        return strands.made(node.name(), Math.toIntExact(((FeedForwardLayer) node.layer().orElseThrow()).getNOut()));
    }

    @Override
    public List<Axis> axes(Node node) {
        List<Axis> axes = new ArrayList<>(List.of(
                new Axis(DefaultParamInitializer.WEIGHT_KEY, 1, Side.GIVEN, UnitGroup.Role.KERNEL),
                new Axis(DefaultParamInitializer.WEIGHT_KEY, 0, Side.READ, UnitGroup.Role.READER)));
        axes.addAll(ConvolvedChannels.bias(node));
        return axes;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node.computing(Resized.layer(node, read.get(0).length, given.length), parameters);
    }
}
