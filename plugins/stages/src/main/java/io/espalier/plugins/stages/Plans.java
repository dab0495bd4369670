package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.Pruned;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.Cost;
import io.espalier.network.PruningPlan;
import io.espalier.network.UnitGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is said of pruning plans. */
final class Plans {

    private Plans() {}

    /** Refuses a plan that leaves one unit, which must stay, of every group of several. */
    static void requireSomethingLeft(PruningPlan plan, List<UnitGroup> groups) {
        long several = groups.stream().filter(g -> g.size() > 1).count();
        long emptied = plan.removals().stream().filter(r -> r.size() > 1 && r.removed().size() >= r.size() - 1).count();
        if (several > 1 && emptied == several) {
            throw new InputException("the plan (" + plan.reason() + ") would remove everything: all units but the one that must stay in each"
                    + " of " + several + " layers; lower the fraction or the threshold");
        }
    }

    /** What became of the channels of a network of whole layers, and of the network when it was decomposed after that. */
    static void report(Pruned pruned, List<UnitGroup> groups, Candidate before, Candidate after, StageContext context) {
        Cost whole = Cost.of(pruned.network());
        Cost decomposed = Cost.of(after.network());
        Outcome outcome = new Outcome(pruned.plan(), groups, left(pruned, groups), "channels");
        outcome.journal(decomposed, context);
        // Bases at full rank cost what the whole layers do: there is nothing to tell then.
        context.say(outcome.said(Cost.of(before.network()), whole) + (decomposed.equals(whole) ? ""
                : String.format(Locale.ROOT, "; decomposed: %,d parameters, %,d FLOPs", decomposed.parameters(), decomposed.flops())));
    }

    static void report(
            PruningPlan plan, List<UnitGroup> groups, Candidate before, Candidate after, String units, StageContext context) {
        Cost pruned = Cost.of(after.network());
        Outcome outcome = new Outcome(plan, groups, left(plan, groups), units);
        outcome.journal(pruned, context);
        context.say(outcome.said(Cost.of(before.network()), pruned));
    }

    /** A pruner that gave a network of its own tells no plan, so what is left is looked up in it. */
    private static Map<String, Integer> left(Pruned pruned, List<UnitGroup> groups) {
        if (!pruned.plan().isEmpty()) {
            return left(pruned.plan(), groups);
        }
        Map<String, Integer> left = new LinkedHashMap<>();
        Channels.groups(pruned.network()).forEach(g -> left.put(g.name(), g.size()));
        return left;
    }

    private static Map<String, Integer> left(PruningPlan plan, List<UnitGroup> groups) {
        Map<String, Integer> left = new LinkedHashMap<>();
        groups.forEach(g -> left.put(g.name(), g.size()));
        plan.removals().forEach(r -> left.put(r.group(), r.size() - r.removed().size()));
        return left;
    }

    /** @param left how many units each group keeps */
    private record Outcome(PruningPlan plan, List<UnitGroup> groups, Map<String, Integer> left, String units) {

        int all() {
            return groups.stream().mapToInt(UnitGroup::size).sum();
        }

        int removed() {
            return all() - left.values().stream().mapToInt(Integer::intValue).sum();
        }

        void journal(Cost cost, StageContext context) {
            context.journal("plan", Map.of("reason", plan.reason(), "removals", plan.removals(), "kernels", List.copyOf(plan.kernels().keySet())));
            context.journal("pruned", Map.of(
                    "units", units, "before", all(), "removed", removed(), "left", left, "parameters", cost.parameters(), "flops", cost.flops()));
        }

        String said(Cost from, Cost to) {
            return String.format(Locale.ROOT, "%,d of %,d %s removed (%s): %,d -> %,d parameters, %,d -> %,d FLOPs",
                    removed(), all(), units, plan.reason(), from.parameters(), to.parameters(), from.flops(), to.flops());
        }
    }
}
