package io.espalier.network;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Flattening as a vertex of its own. */
final class ReshapedChannels implements ChannelRule {

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        return Reshaping.follow(preProcessor(node), read.get(0), strands);
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        InputPreProcessor resized = Reshaping.resized(preProcessor(node), read.get(0).length, given.length);
        return new Node(node.name(), new PreprocessorVertex(resized), node.inputs(), parameters);
    }

    private static InputPreProcessor preProcessor(Node node) {
        return ((PreprocessorVertex) node.vertex()).getPreProcessor();
    }
}
