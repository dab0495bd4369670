package io.espalier.network;

import io.espalier.layers.ConstantPadding;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Padding with a constant, of whole channels too (a shortcut of option A). Those are nobody's units: where they are added to
 * channels that go, they go along.
 */
final class PaddedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        int[] padding = layer(node).getChannels();
        int[] own = read.get(0);
        int[] given = strands.constant(padding[0] + own.length + padding[1]);
        System.arraycopy(own, 0, given, padding[0], own.length);
        return given;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        ConstantPadding layer = layer(node);
        int before = (int) Arrays.stream(given).filter(channel -> channel < layer.getChannels()[0]).count();
        int[] channels = {before, given.length - before - read.get(0).length};
        return node.computing(new ConstantPadding(layer.getRows(), layer.getColumns(), channels, layer.getValue()), parameters);
    }

    private static ConstantPadding layer(Node node) {
        return node.layer(ConstantPadding.class).orElseThrow();
    }
}
