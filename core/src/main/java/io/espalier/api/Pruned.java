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
     * @throws RunFailedException when the plan cannot be applied: a group emptied, broken or not there
     */
    public static Pruned by(PruningPlan plan, Network network) {
        try {
            return new Pruned(plan, plan.isEmpty() ? network : Surgeon.apply(plan, network));
        } catch (IllegalArgumentException | UnsupportedTopologyException e) {
            throw new RunFailedException("its plan cannot be applied: " + e.getMessage(), e);
        }
    }
}
