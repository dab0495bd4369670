package io.espalier.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Channels as units, on any graph: what must go together is found by following every channel from the layer that makes it
 * to those that read it, through sums, concatenations, depthwise and grouped convolutions, attention, padding and
 * flattening. The network's images and its outputs are no units, nor is what passes a layer whose ways are not known. Source
 * of the idea: Fang et al., "DepGraph: Towards Any Structural Pruning", 2023.
 */
public final class Channels {

    private static final String INSTEAD =
            "; prune basis vectors instead (stage:decompose, stage:threshold), which changes no channel count";

    private Channels() {}

    /**
     * The groups of all channels that can go, in topological order of the layers that make them.
     *
     * @throws UnsupportedTopologyException when there are none since channels cannot be followed through some layers
     */
    public static List<UnitGroup> groups(Network network) {
        ChannelFlow flow = ChannelFlow.of(network);
        if (flow.sizes().isEmpty() && !flow.barriers().isEmpty()) {
            throw new UnsupportedTopologyException("no channels can be removed from this network: " + words(flow) + INSTEAD);
        }
        Footprint footprint = new ChannelFootprint(flow);
        return flow.sizes().entrySet().stream().map(e -> group(e.getKey(), e.getValue(), flow, footprint)).toList();
    }

    private static UnitGroup group(String name, int size, ChannelFlow flow, Footprint footprint) {
        Cost one = footprint.of(Map.of()).minus(footprint.of(Map.of(name, size - 1)));
        return new UnitGroup(
                name, UnitKind.CHANNEL, size, size, flow.members(name), Optional.empty(), Optional.empty(), Optional.empty(), one, footprint);
    }

    /** The layers through which channels cannot be followed, each with the reason; what passes them stays. */
    public static List<String> refusals(Network network) {
        return ChannelFlow.of(network).barriers().stream().map(ChannelFlow.Barrier::toString).toList();
    }

    /**
     * Where the units of a group are in the feature maps: the channels of each, [units][channels], in what every layer gives
     * through which they go, in topological order.
     */
    public static Map<String, int[][]> places(Network network, String group) {
        return ChannelFlow.of(network).places(group);
    }

    private static String words(ChannelFlow flow) {
        return String.join("; ", flow.barriers().stream().map(ChannelFlow.Barrier::toString).toList());
    }

    /** The network without units. */
    static Network without(Network network, List<PruningPlan.Removal> removals) {
        ChannelFlow flow = ChannelFlow.of(network);
        Map<String, Set<Integer>> gone = new LinkedHashMap<>();
        for (PruningPlan.Removal removal : removals) {
            removal.kept(size(flow, removal.group()));
            gone.put(removal.group(), Set.copyOf(removal.removed()));
        }
        return ChannelCut.apply(flow, gone);
    }

    private static int size(ChannelFlow flow, String group) {
        Integer size = flow.sizes().get(group);
        if (size != null) {
            return size;
        }
        if (flow.network().has(group)) {
            Node node = flow.network().node(group);
            throw new UnsupportedTopologyException("layer '" + group + "' (" + node.kind() + ") gives no channels that could be removed: "
                    + flow.whyNone(node));
        }
        throw new IllegalArgumentException("the network has no layer '" + group + "', only " + flow.sizes().keySet());
    }
}
