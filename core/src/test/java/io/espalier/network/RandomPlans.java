package io.espalier.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Plans for channels drawn at random, and what a network computes when those channels are zero instead of gone. */
public final class RandomPlans {

    private RandomPlans() {}

    /** A plan that takes between none and all but one units of every group. */
    public static PruningPlan any(Network network, Random random) {
        List<PruningPlan.Removal> removals = Channels.groups(network).stream()
                .map(group -> anyOf(group, random))
                .filter(removal -> !removal.removed().isEmpty())
                .toList();
        return new PruningPlan("any", removals, Map.of());
    }

    private static PruningPlan.Removal anyOf(UnitGroup group, Random random) {
        List<Integer> units = new ArrayList<>(IntStream.range(0, group.size()).boxed().toList());
        Collections.shuffle(units, random);
        return removal(group, units.stream().limit(random.nextInt(group.size())).sorted().toList());
    }

    static PruningPlan.Removal removal(UnitGroup group, List<Integer> units) {
        return new PruningPlan.Removal(group.name(), group.kind(), group.size(), units, 0, 0);
    }

    /** What the plan says the network costs afterwards. */
    public static Cost cost(PruningPlan plan, Network network) {
        Map<String, Integer> left = new LinkedHashMap<>();
        plan.removals().forEach(r -> left.put(r.group(), r.size() - r.removed().size()));
        return Channels.groups(network).get(0).footprint().of(left);
    }

    /**
     * The same network with the units of a plan zero: their filters, biases, and scales and shifts on the way. That is zero
     * where it is read as long as no activation between makes something else of zero.
     */
    public static Network silenced(Network network, PruningPlan plan) {
        return zeroed(network, plan, List.of(UnitGroup.Role.KERNEL, UnitGroup.Role.SCALE, UnitGroup.Role.SHIFT));
    }

    /** The same network with nobody reading the units of a plan. */
    public static Network unread(Network network, PruningPlan plan) {
        return zeroed(network, plan, List.of(UnitGroup.Role.READER));
    }

    private static Network zeroed(Network network, PruningPlan plan, List<UnitGroup.Role> roles) {
        Map<String, UnitGroup> groups = Channels.groups(network).stream().collect(Collectors.toMap(UnitGroup::name, g -> g));
        Map<String, Map<String, INDArray>> changed = new LinkedHashMap<>();
        for (PruningPlan.Removal removal : plan.removals()) {
            for (UnitGroup.Member member : groups.get(removal.group()).members()) {
                if (roles.contains(member.role())) {
                    INDArray copy = changed.computeIfAbsent(member.layer(), layer -> new LinkedHashMap<>())
                            .computeIfAbsent(member.parameter(), key -> member.tensor().dup('c'));
                    removal.removed().forEach(unit -> zero(copy, member.dimension(), member.positions(unit)));
                }
            }
        }
        NetworkEdit edit = network.edit();
        changed.forEach((layer, parameters) -> edit.replace(network.node(layer).with(parameters)));
        return edit.build();
    }

    private static void zero(INDArray tensor, int dimension, long[] indices) {
        for (long index : indices) {
            (tensor.rank() == 1 ? tensor.getScalar(index) : tensor.slice(index, dimension)).assign(0);
        }
    }
}
