package io.espalier.network;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Applies pruning plans; nothing else removes units from a network. */
public final class Surgeon {

    private Surgeon() {}

    /**
     * The network without the units that a plan removes.
     *
     * @throws IllegalArgumentException when the plan does not fit the network: another number of units, an index or a group
     *     that is not there, a group emptied or named twice
     * @throws UnsupportedTopologyException when the units of a layer have to stay
     */
    public static Network apply(PruningPlan plan, Network network) {
        requireOnce(plan);
        Network result = network;
        for (PruningPlan.Removal removal : removals(plan, UnitKind.BASIS_VECTOR)) {
            NetworkEdit edit = result.edit();
            BasisVectors.keep(result, removal.group(), removal.kept(Decomposition.rank(scaling(removal, result))), edit);
            result = edit.build();
        }
        // All at once: where two groups meet in a kernel, indices are those of the kernel before.
        List<PruningPlan.Removal> channels = removals(plan, UnitKind.CHANNEL);
        return withKernels(plan, channels.isEmpty() ? result : Channels.without(result, channels));
    }

    private static void requireOnce(PruningPlan plan) {
        Set<String> groups = new HashSet<>();
        for (PruningPlan.Removal removal : plan.removals()) {
            if (!groups.add(removal.group())) {
                throw new IllegalArgumentException("the plan names '" + removal.group() + "' twice; one removal takes all units of a group");
            }
        }
    }

    private static List<PruningPlan.Removal> removals(PruningPlan plan, UnitKind kind) {
        return plan.removals().stream().filter(r -> r.kind() == kind && !r.removed().isEmpty()).toList();
    }

    private static Node scaling(PruningPlan.Removal removal, Network network) {
        Node node = network.node(removal.group());
        if (!Decomposition.isScaling(node)) {
            throw new IllegalArgumentException("layer '" + node.name() + "' (" + node.kind() + ") has no basis vectors to remove");
        }
        return node;
    }

    private static Network withKernels(PruningPlan plan, Network network) {
        NetworkEdit edit = network.edit();
        plan.kernels().forEach((layer, kernels) -> {
            Node node = network.node(layer);
            INDArray old = node.parameter(DefaultParamInitializer.WEIGHT_KEY);
            if (!Arrays.equals(old.shape(), kernels.shape())) {
                throw new IllegalArgumentException("the plan's kernels for layer '" + layer + "' have the shape "
                        + Arrays.toString(kernels.shape()) + " where " + Arrays.toString(old.shape()) + " is needed");
            }
            edit.replace(node.with(Map.of(DefaultParamInitializer.WEIGHT_KEY, kernels.dup('c'))));
        });
        return edit.build();
    }
}
