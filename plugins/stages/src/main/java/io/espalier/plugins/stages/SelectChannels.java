package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.pf4j.Extension;

/**
 * Removes the channels whose factor is below a threshold, multiplies the factors of the others into what reads them, and puts
 * factors of 1 in anew. Channels that are added to one another go together, when all of their factors are below. Source: Wong,
 * Kashyap, Moradi, "Channel Scaling: A Scale-and-Select Approach for Transfer Learning", 2021.
 */
@Extension
@Named(value = "select-channels", doc = "Removes the channels whose factor is below a threshold; the other factors are multiplied in.")
@Flow(needs = {"loaded", "scaled"}, takes = {"trained", "evaluated"})
public final class SelectChannels implements Stage<SelectChannels.Options> {

    public record Options(
            @Option(doc = "channels of a lower factor go; factors start at 1", defaultValue = "0.1", above = 0) double below,
            @Option(doc = "share of each group's channels that stays whatever the factors", defaultValue = "0", min = 0, below = 1)
                    double floor,
            @Option(doc = "numbers of channels that stay in a group are rounded up to a multiple of this", defaultValue = "1", min = 1)
                    int multiple,
            @Option(doc = "what happens when no channel falls: refuse, or stop (ends a loop that has removed something)", defaultValue = "stop")
                    WhenEmpty whenEmpty) {

        Selection selection() {
            return new Selection(Selection.Of.THRESHOLD, below, Selection.Scope.GLOBAL, Selection.Normalise.NONE, 0, floor, multiple);
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        List<UnitGroup> groups = ChannelScalings.groups(candidate.network());
        Map<String, double[]> scores = ChannelScalings.scores(candidate.network(), groups);
        PruningPlan plan = options.selection().plan(groups, scores, "factors below " + options.below());
        if (plan.isEmpty()) {
            return nothing(candidate, scores, options, context);
        }
        Plans.requireSomethingLeft(plan, groups);
        Network pruned = ChannelScalings.fold(Surgeon.apply(plan, candidate.network()));
        Candidate selected = candidate.with(ChannelScalings.insert(pruned));
        Plans.report(plan, groups, candidate, selected, "channels", context);
        return candidate.kept().isEmpty() ? selected.withKept(candidate) : selected;
    }

    private static Candidate nothing(Candidate candidate, Map<String, double[]> scores, Options options, StageContext context) {
        DoubleSummaryStatistics factors = scores.values().stream().flatMapToDouble(Arrays::stream).summaryStatistics();
        String seen = String.format(Locale.ROOT, "no channel falls: the factors of %,d groups of channels are between %.3f and %.3f, below=%s",
                factors.getCount(), factors.getMin(), factors.getMax(), options.below());
        return options.whenEmpty().nothing(candidate, seen, "raise below, or train-scalings?l1=", context);
    }
}
