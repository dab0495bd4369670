package io.espalier.network;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Concatenations: the channels of one input after those of another. */
final class MergedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        return read.stream().flatMapToInt(IntStream::of).toArray();
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node;
    }
}
