package io.espalier.network;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Sums, products, means and maxima of several: channels of the same index go together. */
final class CombinedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        int[] widest = read.stream().reduce((a, b) -> a.length < b.length ? b : a).orElseThrow();
        for (int[] one : read) {
            if (one.length == widest.length) {
                for (int i = 0; i < one.length; i++) {
                    strands.join(widest[i], one[i]);
                }
            } else {
                strands.pin(one, "layer '" + node.name() + "' (" + node.kind() + ") reads it for every channel of another");
            }
        }
        return widest;
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node;
    }
}
