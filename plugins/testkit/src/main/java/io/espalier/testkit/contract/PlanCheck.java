package io.espalier.testkit.contract;

import io.espalier.api.Pruned;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.network.PruningPlan;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import io.espalier.network.UnsupportedTopologyException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Whether a plan fits a network, and whether removing its units computes what masking them does. */
final class PlanCheck {

    private static final double TOLERANCE = 1e-5;

    private PlanCheck() {}

    static void require(Subject subject, PruningPlan plan, Network network, String where) {
        Network removed;
        try {
            removed = Surgeon.apply(plan, network);
        } catch (IllegalArgumentException | UnsupportedTopologyException e) {
            throw doesNotFit(subject, e, where);
        }
        require(subject, new Pruned(plan, removed), network, where);
    }

    static BrokenClaim doesNotFit(Subject subject, Throwable why, String where) {
        return subject.broken("yields a plan that does not fit (" + where + "): " + why.getMessage()
                + "; name groups and sizes as Channels.groups(network) gives them, each once, and leave one unit of each", why);
    }

    static void require(Subject subject, Pruned pruned, Network network, String where) {
        Network removed = pruned.network();
        INDArray outputs = Bench.predict(removed);
        if (!Double.isFinite(outputs.sumNumber().doubleValue()) || !Copies.areNumbers(removed)) {
            throw subject.broken("yields a plan after which the network gives no numbers (" + where + "); look at the replacement kernels");
        }
        // Kernels that replace others compute something else on purpose, as does a network of the pruner's own.
        if (pruned.plan().kernels().isEmpty() && !pruned.plan().isEmpty()) {
            requireSame(subject, outputs, Bench.predict(masked(pruned.plan(), network)), where);
        }
    }

    private static void requireSame(Subject subject, INDArray removed, INDArray masked, String where) {
        double difference = Transforms.abs(removed.sub(masked)).maxNumber().doubleValue() / Transforms.abs(masked).maxNumber().doubleValue();
        if (difference > TOLERANCE) {
            throw subject.broken("yields a plan of which removing is not masking (" + where + "): outputs differ by " + difference
                    + "; this is a fault of Espalier, please report it");
        }
    }

    /** The network with what the plan removes still there, but of no effect. */
    static Network masked(PruningPlan plan, Network network) {
        Map<List<String>, INDArray> changed = new LinkedHashMap<>();
        Map<String, UnitGroup> groups = plan.removals().stream().anyMatch(removal -> removal.kind() == UnitKind.CHANNEL)
                ? Channels.groups(network).stream().collect(Collectors.toMap(UnitGroup::name, Function.identity()))
                : Map.of();
        for (PruningPlan.Removal removal : plan.removals()) {
            if (removal.kind() == UnitKind.BASIS_VECTOR) {
                INDArray factors = network.node(removal.group()).parameter(BasisScalingConvolution.FACTORS).dup();
                removal.removed().forEach(unit -> factors.putScalar(unit, 0));
                changed.put(List.of(removal.group(), BasisScalingConvolution.FACTORS), factors);
            } else {
                unread(removal, groups.get(removal.group()), changed);
            }
        }
        NetworkEdit edit = network.edit();
        Map<String, Map<String, INDArray>> byLayer = new LinkedHashMap<>();
        changed.forEach((place, tensor) -> byLayer.computeIfAbsent(place.get(0), layer -> new LinkedHashMap<>()).put(place.get(1), tensor));
        byLayer.forEach((layer, parameters) -> {
            Node node = network.node(layer);
            edit.replace(node.with(parameters));
        });
        return edit.build();
    }

    /** Nobody reads these channels: the weights of those that would are zero. Two groups may meet in one kernel. */
    private static void unread(PruningPlan.Removal removal, UnitGroup group, Map<List<String>, INDArray> changed) {
        for (UnitGroup.Member member : group.members()) {
            if (member.role() == UnitGroup.Role.READER) {
                INDArray weights = changed.computeIfAbsent(List.of(member.layer(), member.parameter()), place -> member.tensor().dup('c'));
                for (int unit : removal.removed()) {
                    for (long position : member.positions(unit)) {
                        weights.slice(position, member.dimension()).assign(0);
                    }
                }
            }
        }
    }
}
