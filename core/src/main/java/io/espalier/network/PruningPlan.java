package io.espalier.network;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Which units of which group go, and why. Can be looked at without being applied.
 *
 * @param reason what decided, for people
 * @param removals one for every group that loses units
 * @param kernels replacement kernels by layer (reconstruction), of the shapes after removal; usually none
 */
public record PruningPlan(String reason, List<Removal> removals, Map<String, INDArray> kernels) {

    public PruningPlan {
        removals = List.copyOf(removals);
        kernels = Map.copyOf(kernels);
    }

    /**
     * The units of one group that go.
     *
     * @param group the group's name
     * @param kind what the units are
     * @param size units of the group before
     * @param removed indices that go, ascending
     * @param lowestKept lowest score, as compared, that stays
     * @param highestRemoved highest score, as compared, that goes
     */
    public record Removal(String group, UnitKind kind, int size, List<Integer> removed, double lowestKept, double highestRemoved) {

        public Removal {
            removed = List.copyOf(removed);
        }
    }

    public boolean isEmpty() {
        return removals.stream().allMatch(r -> r.removed().isEmpty());
    }

    /** Number of units that go, of all groups. */
    public int count() {
        return removals.stream().mapToInt(r -> r.removed().size()).sum();
    }
}
