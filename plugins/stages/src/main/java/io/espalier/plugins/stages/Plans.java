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

    /** What became of channels; a pruner that gave a network of its own tells no plan, so what is left is looked up in it. */
    static void report(Pruned pruned, List<UnitGroup> groups, Candidate before, Candidate after, StageContext context) {
        if (pruned.plan().isEmpty()) {
            Map<String, Integer> left = new LinkedHashMap<>();
            Channels.groups(pruned.network()).forEach(g -> left.put(g.name(), g.size()));
            context.journal("plan", Map.of("reason", pruned.plan().reason(), "removals", List.of()));
            report(pruned.plan().reason(), left, groups, before, after, "channels", context);
        } else {
            report(pruned.plan(), groups, before, after, "channels", context);
        }
    }

    static void report(
            PruningPlan plan, List<UnitGroup> groups, Candidate before, Candidate after, String units, StageContext context) {
        Map<String, Integer> left = new LinkedHashMap<>();
        groups.forEach(g -> left.put(g.name(), g.size()));
        plan.removals().forEach(r -> left.put(r.group(), r.size() - r.removed().size()));
        context.journal("plan", Map.of("reason", plan.reason(), "removals", plan.removals(), "kernels", List.copyOf(plan.kernels().keySet())));
        report(plan.reason(), left, groups, before, after, units, context);
    }

    private static void report(
            String reason, Map<String, Integer> left, List<UnitGroup> groups, Candidate before, Candidate after, String units, StageContext context) {
        Cost from = Cost.of(before.network());
        Cost to = Cost.of(after.network());
        int all = groups.stream().mapToInt(UnitGroup::size).sum();
        int removed = all - left.values().stream().mapToInt(Integer::intValue).sum();
        context.journal("pruned", Map.of(
                "units", units, "before", all, "removed", removed, "left", left, "parameters", to.parameters(), "flops", to.flops()));
        context.say(String.format(Locale.ROOT, "%,d of %,d %s removed (%s): %,d -> %,d parameters, %,d -> %,d FLOPs",
                removed, all, units, reason, from.parameters(), to.parameters(), from.flops(), to.flops()));
    }
}
