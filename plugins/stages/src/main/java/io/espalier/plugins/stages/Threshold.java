package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.BasisVectors;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;

/** Removes the least important basis vectors. */
@Extension
@Named(value = "threshold", doc = "Removes the least important basis vectors.")
@Flow(needs = {"loaded", "decomposed"}, takes = {"trained", "evaluated"})
public final class Threshold implements Stage<Threshold.Options> {

    public record Options(
            @Option(doc = "how basis vectors are scored", defaultValue = "basis-taylor") Chosen<Criterion<Record>> criterion,
            @Option(doc = "share of what is left to remove", defaultValue = "0.2", above = 0, below = 1) double fraction,
            @Option(doc = "what fraction is a share of: units, parameters, flops; or threshold, with below", defaultValue = "units")
                    Selection.Of of,
            @Option(doc = "with of=threshold: vectors of a lower normalised score go") Optional<Double> below,
            @Option(doc = "global: all layers compete; layer: each gives its share", defaultValue = "global") Selection.Scope scope,
            @Option(doc = "what the scores of a layer are divided by before layers are compared", defaultValue = "l2")
                    Selection.Normalise normalise,
            @Option(doc = "scores are divided by (parameters of one vector) to this power; 0: not at all", defaultValue = "0", min = 0)
                    double costExponent,
            @Option(doc = "share of each layer's full rank that stays whatever the scores", defaultValue = "0", min = 0, below = 1)
                    double floor,
            @Option(doc = "numbers of vectors that stay are rounded up to a multiple of this", defaultValue = "1", min = 1) int multiple,
            @Option(doc = "what happens when nothing would be removed: refuse, or stop (ends a loop that has removed something)", defaultValue = "refuse")
                    WhenEmpty whenEmpty) {

        Selection selection() {
            return Selections.of(of, fraction, below, scope, normalise, costExponent, floor, multiple);
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        List<UnitGroup> groups = BasisVectors.groups(candidate.network(), candidate.importance());
        Map<String, double[]> scores = Scoring.of(
                options.criterion(), options.criterion().extension(), groups, UnitKind.BASIS_VECTOR, candidate, context);
        PruningPlan plan = options.selection().plan(groups, scores, "criterion " + options.criterion().name());
        if (plan.isEmpty()) {
            int units = groups.stream().mapToInt(UnitGroup::size).sum();
            String seen = "nothing would be removed of " + units + " basis vectors in " + groups.size() + " layers (fraction="
                    + options.fraction() + ", floor=" + options.floor() + ", multiple=" + options.multiple() + ")";
            return options.whenEmpty().nothing(candidate, seen, "raise fraction, lower floor or multiple", context);
        }
        Plans.requireSomethingLeft(plan, groups);
        Candidate pruned = candidate.with(Surgeon.apply(plan, candidate.network()));
        Plans.report(plan, groups, candidate, pruned, "basis vectors", context);
        return candidate.kept().isEmpty() ? pruned.withKept(candidate) : pruned;
    }
}
