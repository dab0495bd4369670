package io.espalier.network;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Applies pruning plans; nothing else removes units from a network. */
public final class Surgeon {

    private Surgeon() {}

    /**
     * The network without the units that a plan removes.
     *
     * @throws IllegalArgumentException when the plan does not fit the network: another number of units, an index that is
     *     not there, a group emptied
     * @throws UnsupportedTopologyException when channels cannot be followed
     */
    public static Network apply(PruningPlan plan, Network network) {
        Network result = network;
        for (PruningPlan.Removal removal : plan.removals()) {
            if (!removal.removed().isEmpty()) {
                result = apply(removal, result);
            }
        }
        return withKernels(plan, result);
    }

    private static Network apply(PruningPlan.Removal removal, Network network) {
        long[] kept = kept(removal);
        return switch (removal.kind()) {
            case BASIS_VECTOR -> {
                requireSize(removal, Decomposition.rank(scaling(removal, network)));
                NetworkEdit edit = network.edit();
                BasisVectors.keep(network, removal.group(), kept, edit);
                yield edit.build();
            }
            case CHANNEL -> {
                requireSize(removal, network.node(removal.group()).parameter(DefaultParamInitializer.WEIGHT_KEY).size(0));
                yield Channels.keep(network, removal.group(), kept);
            }
        };
    }

    private static Node scaling(PruningPlan.Removal removal, Network network) {
        Node node = network.node(removal.group());
        if (!Decomposition.isScaling(node)) {
            throw new IllegalArgumentException("layer '" + node.name() + "' (" + node.kind() + ") has no basis vectors to remove");
        }
        return node;
    }

    private static void requireSize(PruningPlan.Removal removal, long size) {
        if (removal.size() != size) {
            throw new IllegalArgumentException("the plan was made for " + removal.size() + " units of layer '" + removal.group()
                    + "', which has " + size);
        }
    }

    private static long[] kept(PruningPlan.Removal removal) {
        Set<Integer> gone = new TreeSet<>(removal.removed());
        for (int unit : gone) {
            if (unit < 0 || unit >= removal.size()) {
                throw new IllegalArgumentException("the plan removes unit " + unit + " of layer '" + removal.group() + "', which has "
                        + removal.size());
            }
        }
        if (gone.size() == removal.size()) {
            throw new IllegalArgumentException("the plan removes all " + removal.size() + " units of layer '" + removal.group()
                    + "'; one of every group must stay");
        }
        return LongStream.range(0, removal.size()).filter(unit -> !gone.contains((int) unit)).toArray();
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
