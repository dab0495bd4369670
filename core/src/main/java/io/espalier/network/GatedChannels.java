package io.espalier.network;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention: the factor of a channel goes with the channel; one that is for every channel stays. */
final class GatedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        int[] maps = read.get(0);
        int[] factors = read.get(1);
        if (factors.length < maps.length) {
            strands.pin(factors, "gate '" + node.name() + "' multiplies every channel by it");
            return maps;
        }
        for (int i = 0; i < maps.length; i++) {
            strands.join(maps[i], factors[i]);
        }
        return maps;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node;
    }
}
