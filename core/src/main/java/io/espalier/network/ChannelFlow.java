package io.espalier.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where the channels of a network go: for every node the strands of what it reads and gives, and the units that follow from
 * the strands that are joined. Units that go through the same nodes, each as often, are a group.
 */
final class ChannelFlow {

    /**
     * A node with its strands.
     *
     * @param rule what it does with channels; empty when that is not known
     * @param inputs strands of its inputs
     * @param read the same after its preprocessor, if it has one
     * @param given strands of what it gives
     */
    record Passage(Node node, Optional<ChannelRule> rule, List<int[]> inputs, List<int[]> read, int[] given) {

        int[] along(ChannelRule.Side side) {
            return side == ChannelRule.Side.READ ? read.get(0) : given;
        }

        List<ChannelRule.Axis> axes() {
            return rule.map(r -> r.axes(node)).orElse(List.of());
        }
    }

    /** A node through which channels cannot be followed, and why. */
    record Barrier(Node node, String why) {

        @Override
        public String toString() {
            return "layer '" + node.name() + "' (" + node.kind() + "): " + why;
        }
    }

    private final Network network;
    private final Strands strands = new Strands();
    private final List<Passage> passages = new ArrayList<>();
    private final List<Barrier> barriers = new ArrayList<>();
    /** Strands that stand for units, group by group. */
    private final Map<String, int[]> units = new LinkedHashMap<>();
    /** Names of the groups by the strands that stand for their units. */
    private final Map<Integer, String> groups = new HashMap<>();

    private ChannelFlow(Network network) {
        this.network = network;
    }

    static ChannelFlow of(Network network) {
        ChannelFlow flow = new ChannelFlow(network);
        flow.follow();
        flow.group();
        return flow;
    }

    private void follow() {
        Map<String, InputType> types = network.outputTypes();
        Map<String, int[]> given = new LinkedHashMap<>();
        given.put(network.input(), strands.pinned(channels(network.input(), types), "it is one of the images' own"));
        for (Node node : network.nodes()) {
            Passage passage = passage(node, node.inputs().stream().map(given::get).toList(), channels(node.name(), types));
            passages.add(passage);
            given.put(node.name(), passage.given());
        }
        strands.pin(given.get(network.output()), "it is one of the network's outputs");
    }

    private static int channels(String name, Map<String, InputType> types) {
        InputType type = types.get(name);
        if (type instanceof InputType.InputTypeConvolutional maps) {
            return Math.toIntExact(maps.getChannels());
        }
        if (type instanceof InputType.InputTypeFeedForward || type instanceof InputType.InputTypeConvolutionalFlat) {
            return Math.toIntExact(type.arrayElementsPerExample());
        }
        throw new UnsupportedTopologyException("channels can be followed through feature maps and flat numbers only, and '" + name
                + "' gives " + type + "; prune basis vectors instead (stage:decompose, stage:threshold), which changes no channel count");
    }

    private Passage passage(Node node, List<int[]> inputs, int channels) {
        Optional<String> unknown = whyUnknown(node);
        if (unknown.isPresent()) {
            return closed(node, inputs, channels, unknown.get());
        }
        List<int[]> read = node.preProcessor()
                .map(p -> List.of(Reshaping.follow(p, inputs.get(0), strands)))
                .orElse(inputs);
        ChannelRule rule = ChannelRule.of(node).orElseThrow();
        int[] given = rule.follow(node, read, strands);
        // DL4J does not say how much a loss layer gives.
        if (channels != 0 && given.length != channels) {
            return closed(node, inputs, channels, "it gives " + channels + " channels where " + given.length + " were followed");
        }
        if (mixes(node)) {
            close(node, List.of(given), "its softmax makes each channel depend on the others");
        }
        return new Passage(node, Optional.of(rule), inputs, read, given);
    }

    private Optional<String> whyUnknown(Node node) {
        if (Decomposition.isScaling(node) || network.consumers(node.name()).stream().anyMatch(Decomposition::isScaling)) {
            return Optional.of("it belongs to a decomposed convolution, whose basis would not stay orthonormal; fold it first (stage:fold)");
        }
        if (ChannelRule.of(node).isEmpty() || !node.preProcessor().map(Reshaping::isKnown).orElse(true)) {
            return Optional.of("how it treats channels is not known");
        }
        return Optional.empty();
    }

    private Passage closed(Node node, List<int[]> inputs, int channels, String why) {
        close(node, inputs, why);
        return new Passage(node, Optional.empty(), inputs, inputs, strands.pinned(channels, new Barrier(node, why).toString()));
    }

    private void close(Node node, List<int[]> touched, String why) {
        Barrier barrier = new Barrier(node, why);
        barriers.add(barrier);
        touched.forEach(s -> strands.pin(s, barrier.toString()));
    }

    /** Whether a softmax inside of the network makes each channel depend on the others. */
    private boolean mixes(Node node) {
        Layer layer = node.layer().orElse(null);
        IActivation activation = layer instanceof BaseLayer base ? base.getActivationFn()
                : layer instanceof ActivationLayer alone ? alone.getActivationFn() : null;
        return activation instanceof ActivationSoftmax && !node.name().equals(network.output());
    }

    private void group() {
        Map<List<Integer>, List<Integer>> alike = new LinkedHashMap<>();
        placesOfUnits().forEach((unit, places) -> alike.computeIfAbsent(places, p -> new ArrayList<>()).add(unit));
        Map<String, Integer> numbers = new LinkedHashMap<>();
        alike.values().forEach(group -> numbers.merge(maker(group), 1, Integer::sum));
        Map<String, Integer> used = new LinkedHashMap<>();
        for (List<Integer> group : alike.values()) {
            String maker = maker(group);
            String name = numbers.get(maker) == 1 ? maker : maker + "#" + used.merge(maker, 1, Integer::sum);
            units.put(name, group.stream().mapToInt(Integer::intValue).toArray());
            group.forEach(unit -> groups.put(unit, name));
        }
    }

    private String maker(List<Integer> group) {
        return strands.maker(group.get(0)).orElseThrow();
    }

    /** Every unit, in the order in which their channels are made, with the indices of the passages that give it, as often as they do. */
    private Map<Integer, List<Integer>> placesOfUnits() {
        Map<Integer, List<Integer>> places = new TreeMap<>();
        for (int i = 0; i < passages.size(); i++) {
            for (int strand : passages.get(i).given()) {
                if (strands.pin(strand).isEmpty() && strands.maker(strand).isPresent()) {
                    places.computeIfAbsent(strands.root(strand), s -> new ArrayList<>()).add(i);
                }
            }
        }
        return places;
    }

    List<Barrier> barriers() {
        return List.copyOf(barriers);
    }

    /** Names of the groups with the number of units of each. */
    Map<String, Integer> sizes() {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        units.forEach((name, own) -> sizes.put(name, own.length));
        return sizes;
    }

    /** Why a node gives no group of its own. */
    String whyNone(Node node) {
        int[] given = passages.stream().filter(p -> p.node().name().equals(node.name())).findFirst().orElseThrow().given();
        for (int strand : given) {
            Optional<String> pin = strands.pin(strand);
            if (pin.isPresent()) {
                return pin.get();
            }
        }
        return "its channels go with those of the groups " + IntStream.of(given).mapToObj(s -> groups.get(strands.root(s))).distinct().toList();
    }

    /** The parameters that go with the units of a group. */
    List<UnitGroup.Member> members(String group) {
        Map<Integer, Integer> indices = indices(group);
        List<UnitGroup.Member> members = new ArrayList<>();
        for (Passage passage : passages) {
            for (ChannelRule.Axis axis : passage.axes()) {
                long[] positions = positions(passage.along(axis.side()), indices);
                if (positions.length > 0) {
                    INDArray tensor = passage.node().parameter(axis.parameter());
                    members.add(new UnitGroup.Member(
                            passage.node().name(), axis.parameter(), axis.role(), tensor, axis.dimension(), positions, indices.size()));
                }
            }
        }
        return members;
    }

    /** The channels of each unit of a group, [units][channels], in what every node gives that gives them. */
    Map<String, int[][]> places(String group) {
        Map<Integer, Integer> indices = indices(group);
        Map<String, int[][]> places = new LinkedHashMap<>();
        for (Passage passage : passages) {
            long[] positions = positions(passage.given(), indices);
            if (positions.length > 0) {
                int each = positions.length / indices.size();
                places.put(passage.node().name(), IntStream.range(0, indices.size())
                        .mapToObj(unit -> LongStream.of(Arrays.copyOfRange(positions, unit * each, (unit + 1) * each)).mapToInt(Math::toIntExact).toArray())
                        .toArray(int[][]::new));
            }
        }
        return places;
    }

    private Map<Integer, Integer> indices(String group) {
        int[] own = units.get(group);
        Map<Integer, Integer> indices = new LinkedHashMap<>();
        for (int i = 0; i < own.length; i++) {
            indices.put(own[i], i);
        }
        return indices;
    }

    /** Where units are among the channels, unit by unit. */
    private long[] positions(int[] channels, Map<Integer, Integer> indices) {
        return IntStream.range(0, channels.length)
                .filter(c -> indices.containsKey(strands.root(channels[c])))
                .boxed()
                .sorted((a, b) -> Integer.compare(indices.get(strands.root(channels[a])), indices.get(strands.root(channels[b]))))
                .mapToLong(Integer::longValue)
                .toArray();
    }

    List<Passage> passages() {
        return passages;
    }

    Network network() {
        return network;
    }

    /** Whether each of those strands belongs to none of the units given. */
    IntPredicate staysWithout(Map<String, Set<Integer>> gone) {
        Set<Integer> removed = new HashSet<>();
        gone.forEach((group, indices) -> indices.forEach(i -> removed.add(units.get(group)[i])));
        return strand -> !removed.contains(strands.root(strand));
    }

    /** How many channels are left of those strands, by how many units of each group are. */
    ChannelCount count(int[] channels) {
        Map<String, Integer> own = new LinkedHashMap<>();
        int fixed = 0;
        for (int channel : channels) {
            String group = groups.get(strands.root(channel));
            if (group == null) {
                fixed++;
            } else {
                own.merge(group, 1, Integer::sum);
            }
        }
        own.replaceAll((group, count) -> count / units.get(group).length);
        return new ChannelCount(fixed, own);
    }
}
