package io.espalier.network;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
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

        /**
         * Indices of the units that stay, ascending.
         *
         * @param present number of units that the group has
         * @throws IllegalArgumentException when the removal was made for another number, or leaves none
         */
        long[] kept(long present) {
            if (size != present) {
                throw new IllegalArgumentException("the plan was made for " + size + " units of layer '" + group + "', which has " + present);
            }
            Set<Integer> gone = new TreeSet<>(removed);
            for (int unit : gone) {
                if (unit < 0 || unit >= size) {
                    throw new IllegalArgumentException("the plan removes unit " + unit + " of layer '" + group + "', which has " + size);
                }
            }
            if (gone.size() == size) {
                throw new IllegalArgumentException(
                        "the plan removes all " + size + " units of layer '" + group + "'; one of every group must stay");
            }
            return LongStream.range(0, size).filter(unit -> !gone.contains((int) unit)).toArray();
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
