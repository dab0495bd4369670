package io.espalier.api;

import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.Surgeon;
import io.espalier.network.UnsupportedTopologyException;

/**
 * What a {@link Pruner} left.
 *
 * @param plan which channels went, and why; without removals when the pruner changed the network by itself
 * @param network with fewer channels
 */
@Stability(Stability.Level.EVOLVING)
public record Pruned(PruningPlan plan, Network network) {

    /**
     * A network without what a plan removes.
     *
     * @throws RunFailedException when there is no plan, or it cannot be applied: a group emptied, broken or not there
     */
    public static Pruned by(PruningPlan plan, Network network) {
        if (plan == null) {
            throw new RunFailedException("gives no plan; return one that removes nothing if nothing is to go");
        }
        try {
            return new Pruned(plan, plan.isEmpty() ? network : Surgeon.apply(plan, network));
        } catch (IllegalArgumentException | UnsupportedTopologyException e) {
            throw new RunFailedException("its plan cannot be applied: " + e.getMessage(), e);
        }
    }
}
