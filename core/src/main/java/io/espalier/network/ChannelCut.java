package io.espalier.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Takes units of channels out of a network: every node that reads or gives them is replaced by one for those that stay. */
final class ChannelCut {

    private ChannelCut() {}

    /** @param gone indices of the units that go, by group */
    static Network apply(ChannelFlow flow, Map<String, Set<Integer>> gone) {
        IntPredicate stays = flow.staysWithout(gone);
        NetworkEdit edit = flow.network().edit();
        flow.passages().stream().filter(p -> !isWhole(p, stays)).forEach(p -> edit.replace(cut(p, stays)));
        return edit.build();
    }

    private static boolean isWhole(ChannelFlow.Passage passage, IntPredicate stays) {
        return IntStream.of(passage.given()).allMatch(stays) && passage.inputs().stream().flatMapToInt(IntStream::of).allMatch(stays);
    }

    private static Node cut(ChannelFlow.Passage passage, IntPredicate stays) {
        List<long[]> read = passage.read().stream().map(channels -> kept(channels, stays)).toList();
        long[] given = kept(passage.given(), stays);
        Map<String, INDArray> parameters = new LinkedHashMap<>(passage.node().parameters());
        for (ChannelRule.Axis axis : passage.axes()) {
            long[] kept = axis.side() == ChannelRule.Side.READ ? read.get(0) : given;
            parameters.compute(axis.parameter(), (key, value) ->
                    kept.length == value.size(axis.dimension()) ? value : Slices.along(value, axis.dimension(), kept));
        }
        Node cut = passage.rule().orElseThrow().cut(passage.node(), parameters, read, given);
        return passage.node().preProcessor()
                .map(p -> reading(cut, Reshaping.resized(p, kept(passage.inputs().get(0), stays).length, read.get(0).length)))
                .orElse(cut);
    }

    private static Node reading(Node node, InputPreProcessor preProcessor) {
        LayerVertex vertex = new LayerVertex(((LayerVertex) node.vertex()).getLayerConf(), preProcessor);
        return new Node(node.name(), vertex, node.inputs(), node.parameters());
    }

    private static long[] kept(int[] channels, IntPredicate stays) {
        return LongStream.range(0, channels.length).filter(c -> stays.test(channels[(int) c])).toArray();
    }
}
