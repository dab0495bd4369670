package io.espalier.network;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Channels from one index to another. */
final class ChannelRange implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        SubsetVertex range = (SubsetVertex) node.vertex();
        return Arrays.copyOfRange(read.get(0), range.getFrom(), range.getTo() + 1);
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        int before = ((SubsetVertex) node.vertex()).getFrom();
        int from = (int) Arrays.stream(read.get(0)).filter(channel -> channel < before).count();
        return new Node(node.name(), new SubsetVertex(from, from + given.length - 1), node.inputs(), parameters);
    }
}
