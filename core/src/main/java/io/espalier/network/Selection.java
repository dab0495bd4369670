package io.espalier.network;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How many units go, and how those are chosen by their scores.
 *
 * @param of what {@code amount} is a share of, or {@code THRESHOLD}
 * @param amount the share to remove, 0 < amount < 1, of the present units, or of the parameters or FLOPs that would be gone
 *     if no unit of what competes were left; or the score, after normalising, below which units go
 * @param scope whether all groups compete, or each gives its own share
 * @param normalise how the scores of a group are made comparable with those of others
 * @param costExponent scores are divided by (parameters of one unit)^costExponent before they are compared; 0 for scores
 *     alone
 * @param floor share of a group's full size that stays whatever the scores, 0 <= floor < 1; one unit always stays
 * @param multiple the number of units that stay in a group is rounded up to a multiple of this
 * @param whole names of groups that lose nothing
 */
public record Selection(
        Of of, double amount, Scope scope, Normalise normalise, double costExponent, double floor, int multiple, Set<String> whole) {

    public Selection {
        whole = Set.copyOf(whole);
    }

    /** No group is left whole whatever its scores. */
    public Selection(Of of, double amount, Scope scope, Normalise normalise, double costExponent, double floor, int multiple) {
        this(of, amount, scope, normalise, costExponent, floor, multiple, Set.of());
    }

    /** What a share is a share of. */
    public enum Of {
        UNITS,
        PARAMETERS,
        FLOPS,
        THRESHOLD
    }

    /** What competes. */
    public enum Scope {
        GLOBAL,
        LAYER
    }

    /** What the scores of a group are divided by. */
    public enum Normalise {
        /** Their Euclidean norm. */
        L2,
        /** The largest of them. */
        MAX,
        /** Nothing. */
        NONE
    }

    /** That share of units, all groups competing by their L2-normalised scores. */
    public static Selection ofUnits(double amount) {
        return new Selection(Of.UNITS, amount, Scope.GLOBAL, Normalise.L2, 0, 0, 1);
    }

    /** A unit with the score by which it is compared. */
    private record Scored(UnitGroup group, int unit, double score) {}

    /** Those of the groups that may lose units. */
    public List<UnitGroup> competing(List<UnitGroup> groups) {
        return groups.stream().filter(group -> !whole.contains(group.name())).toList();
    }

    /**
     * Decides which units go: those of the lowest scores.
     *
     * @param all groups; those to be left whole do not compete
     * @param scores raw scores of each competing group by its name, [group.size()]
     * @param reason what gave the scores, for people
     * @throws IllegalArgumentException when scores are missing, of another length or not finite
     */
    public PruningPlan plan(List<UnitGroup> all, Map<String, double[]> scores, String reason) {
        List<UnitGroup> groups = competing(all);
        Map<String, double[]> compared = new LinkedHashMap<>();
        groups.forEach(g -> compared.put(g.name(), comparable(g, scores.get(g.name()))));
        Map<String, TreeSet<Integer>> removed = new HashMap<>();
        groups.forEach(g -> removed.put(g.name(), new TreeSet<>()));
        if (scope == Scope.GLOBAL) {
            remove(groups, compared, removed);
        } else {
            groups.forEach(g -> remove(List.of(g), compared, removed));
        }
        Map<String, Integer> chosen = left(groups, removed);
        groups.forEach(g -> restore(g, compared.get(g.name()), removed.get(g.name())));
        List<PruningPlan.Removal> removals = groups.stream()
                .filter(g -> !removed.get(g.name()).isEmpty())
                .map(g -> removal(g, compared.get(g.name()), removed.get(g.name())))
                .toList();
        return new PruningPlan(reason + givenBack(groups, chosen, left(groups, removed)), removals, Map.of());
    }

    private double[] comparable(UnitGroup group, double[] raw) {
        if (raw == null || raw.length != group.size()) {
            throw new IllegalArgumentException("layer '" + group.name() + "' has " + group.size() + " units but "
                    + (raw == null ? "no" : raw.length) + " scores");
        }
        double[] result = new double[raw.length];
        double divisor = divisor(raw) * Math.pow(group.cost().parameters(), costExponent);
        for (int i = 0; i < raw.length; i++) {
            if (!Double.isFinite(raw[i])) {
                throw new IllegalArgumentException("unit " + i + " of layer '" + group.name() + "' has the score " + raw[i]);
            }
            result[i] = divisor == 0 ? raw[i] : raw[i] / divisor;
        }
        return result;
    }

    private double divisor(double[] raw) {
        double squares = 0;
        double largest = 0;
        for (double score : raw) {
            squares += score * score;
            largest = Math.max(largest, Math.abs(score));
        }
        return switch (normalise) {
            case L2 -> Math.sqrt(squares);
            case MAX -> largest;
            case NONE -> 1;
        };
    }

    private void remove(List<UnitGroup> groups, Map<String, double[]> scores, Map<String, TreeSet<Integer>> removed) {
        List<Scored> candidates = new ArrayList<>();
        for (UnitGroup group : groups) {
            double[] own = scores.get(group.name());
            for (int unit = 0; unit < own.length; unit++) {
                candidates.add(new Scored(group, unit, own[unit]));
            }
        }
        // Ties go by group and index, so that the same scores always give the same plan.
        candidates.sort(Comparator.comparingDouble(Scored::score));
        Budget budget = new Budget(groups);
        for (Scored candidate : candidates) {
            if (of == Of.THRESHOLD ? candidate.score() >= amount : budget.isReached()) {
                break;
            }
            TreeSet<Integer> gone = removed.get(candidate.group().name());
            int left = candidate.group().size() - gone.size();
            if (left > least(candidate.group())) {
                gone.add(candidate.unit());
                budget.take(candidate.group());
            }
        }
    }

    private int least(UnitGroup group) {
        return Math.max(1, (int) Math.ceil(floor * group.fullSize()));
    }

    /** Gives the best of the removed back until the number left is a multiple, or the group whole. */
    private void restore(UnitGroup group, double[] scores, TreeSet<Integer> gone) {
        while (!gone.isEmpty() && (group.size() - gone.size()) % multiple != 0) {
            int best = gone.stream().max(Comparator.comparingDouble(unit -> scores[unit])).orElseThrow();
            gone.remove(best);
        }
    }

    private static Map<String, Integer> left(List<UnitGroup> groups, Map<String, TreeSet<Integer>> removed) {
        return groups.stream().collect(Collectors.toMap(UnitGroup::name, group -> group.size() - removed.get(group.name()).size()));
    }

    /** What keeping multiples costs: units that were chosen to go and stay. */
    private String givenBack(List<UnitGroup> groups, Map<String, Integer> chosen, Map<String, Integer> left) {
        int units = groups.stream().mapToInt(group -> left.get(group.name()) - chosen.get(group.name())).sum();
        long parameters = groups.stream()
                .map(UnitGroup::footprint)
                .distinct()
                .mapToLong(footprint -> footprint.of(left).parameters() - footprint.of(chosen).parameters())
                .sum();
        return units == 0 ? "" : String.format(
                Locale.ROOT, ", %,d of those chosen to go stay for multiples of %d, %,d parameters", units, multiple, parameters);
    }

    /** Counts how much of what {@code of} names is gone. What units cost together is asked anew after each. */
    private final class Budget {

        private final Map<String, Integer> left = new HashMap<>();
        private final Map<Footprint, Long> measured = new HashMap<>();
        private final long present;
        private final long possible;

        Budget(List<UnitGroup> groups) {
            groups.forEach(group -> left.put(group.name(), group.size()));
            groups.forEach(this::measure);
            present = sum();
            Map<String, Integer> none = new HashMap<>();
            left.keySet().forEach(name -> none.put(name, 0));
            possible = present - measured.keySet().stream().mapToLong(f -> amount(f, none)).sum();
        }

        void take(UnitGroup group) {
            left.merge(group.name(), -1, Integer::sum);
            measure(group);
        }

        boolean isReached() {
            long gone = present - sum();
            // Units are counted whole, and a share never removes more than it says.
            return of == Of.UNITS ? gone >= Math.floor(amount * possible + 1e-9) : gone >= amount * possible;
        }

        private long sum() {
            return of == Of.UNITS ? left.values().stream().mapToLong(Integer::longValue).sum()
                    : measured.values().stream().mapToLong(Long::longValue).sum();
        }

        private void measure(UnitGroup group) {
            if (of == Of.PARAMETERS || of == Of.FLOPS) {
                measured.put(group.footprint(), amount(group.footprint(), left));
            }
        }

        private long amount(Footprint footprint, Map<String, Integer> units) {
            Cost cost = footprint.of(units);
            return of == Of.PARAMETERS ? cost.parameters() : cost.flops();
        }
    }

    private static PruningPlan.Removal removal(UnitGroup group, double[] scores, TreeSet<Integer> gone) {
        double highestRemoved = gone.stream().mapToDouble(unit -> scores[unit]).max().orElse(Double.NaN);
        double lowestKept = Double.POSITIVE_INFINITY;
        for (int unit = 0; unit < scores.length; unit++) {
            if (!gone.contains(unit)) {
                lowestKept = Math.min(lowestKept, scores[unit]);
            }
        }
        return new PruningPlan.Removal(group.name(), group.kind(), group.size(), List.copyOf(gone), lowestKept, highestRemoved);
    }
}
