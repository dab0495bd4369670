package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;

/**
 * Keeps the last candidate whose validation metric held. When it does not hold, the loop may train that candidate again
 * before it is given up ({@code again}); then rolls back to the last one kept and ends the loop. Ends it too when enough is
 * removed.
 */
@Extension
@Named(value = "guard", doc = "Keeps the last candidate whose metric held; rolls back and ends the loop when it did not.")
@Flow(needs = {"loaded", "evaluated"})
public final class Guard implements Stage<Guard.Options> {

    /** Exchange variable that tells the loop whether to go on. */
    static final String PRUNING = "pruning";

    static final String DONE = "done";
    /** Begins the milestones of marks. */
    static final String MARK = "at-";

    private static final String CONTINUE = "continue";
    private static final String AGAIN = "again";
    private static final String VALIDATION = "validation";
    private static final String KEPT = "kept";

    /** Metric that counts how often in a row the candidate has not held. */
    private static final String MISSES = "guard.misses";

    /** What is guarded. */
    public enum Metric {
        ACCURACY("accuracy"),
        BALANCED_ACCURACY("balancedAccuracy"),
        AUC("auc");

        private final String key;

        Metric(String key) {
            this.key = key;
        }
    }

    public record Options(
            @Option(doc = "what is guarded, on validation images", defaultValue = "accuracy") Metric metric,
            @Option(doc = "by how much it may fall, as a share: 0.01 is one point of accuracy", defaultValue = "0.01", min = 0, below = 1)
                    double maxDrop,
            @Option(doc = "reduction of parameters, relative to the loaded network, at which pruning ends", above = 0, below = 1)
                    Optional<Double> target,
            @Option(doc = "name of the evaluation (evaluate?as=NAME) that it is compared with; kept: that of the last candidate kept",
                    defaultValue = "scaled")
                    String relativeTo,
            @Option(doc = "how often a candidate that did not hold is trained again before it is given up: the variable 'pruning' is 'again'"
                    + " then, and a loop removes nothing in that round", defaultValue = "0", min = 0, max = 100)
                    int retries,
            @Option(doc = "reductions of parameters, as 0.5,0.9: the first network that holds at each is measured in the final test too",
                    gives = "milestone:" + MARK + "*")
                    Optional<List<Double>> marks) {

        public Options {
            marks.orElse(List.of()).stream().filter(mark -> !(mark > 0 && mark < 1)).findFirst().ifPresent(mark -> {
                throw new IllegalArgumentException("marks=" + mark + " is out of range: reductions, each 0 < mark < 1");
            });
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        double reference = reference(candidate, options);
        double now = metric(candidate, options.metric().key + "." + VALIDATION);
        double reduction = Cost.of(candidate.network()).reductionFrom(Cost.of(loaded(candidate)));
        boolean held = now >= reference - options.maxDrop();
        boolean reached = options.target().filter(target -> reduction >= target).isPresent();

        double misses = held ? 0 : candidate.metrics().getOrDefault(MISSES, 0.0) + 1;
        String next = held ? reached ? DONE : CONTINUE : misses <= options.retries() ? AGAIN : DONE;

        context.journal("guard", Map.of("metric", options.metric().key, "reference", reference, "now", now, "held", held,
                "reduction", reduction, "reached", reached, "next", next));
        context.variable(PRUNING, next);
        context.variable("reduction", reduction);
        String seen = String.format(Locale.ROOT, "%s %.2f %% (%s: %.2f %%), %.1f %% of the parameters removed",
                options.metric().key, 100 * now, options.relativeTo(), 100 * reference, 100 * reduction);
        context.say(seen + ": " + verdict(held, next));
        Candidate counted = candidate.withMetrics(Map.of(MISSES, misses));
        Candidate result = held ? marked(counted, options, reduction) : next.equals(AGAIN) ? counted : rolledBack(candidate, options);
        return options.target().map(target -> result.withMetrics(Map.of("reduction.requested", target))).orElse(result);
    }

    private static String verdict(boolean held, String next) {
        if (held) {
            return next.equals(DONE) ? "target reached" : "kept";
        }
        return next.equals(AGAIN) ? "dropped too far, trained once more" : "dropped too far, back to the last one kept";
    }

    private static double reference(Candidate candidate, Options options) {
        if (options.relativeTo().equals(KEPT)) {
            return metric(candidate.kept().orElse(candidate), options.metric().key + "." + VALIDATION);
        }
        return metric(candidate, options.metric().key + "." + options.relativeTo());
    }

    /** Keeps the candidate, and its network under every mark that it is the first to reach. */
    private static Candidate marked(Candidate candidate, Options options, double reduction) {
        Candidate result = candidate;
        for (double mark : options.marks().orElse(List.of())) {
            String name = MARK + mark;
            if (reduction >= mark && !candidate.milestones().containsKey(name)) {
                result = result.withMilestone(name, candidate.network());
            }
        }
        return result.withKept(result);
    }

    private static double metric(Candidate candidate, String name) {
        Double value = candidate.metrics().get(name);
        if (value == null) {
            throw new InputException("stage:guard compares with the metric '" + name + "', which is not there; put stage:evaluate?as="
                    + name.substring(name.indexOf('.') + 1) + " before it (there are " + candidate.metrics().keySet() + ")");
        }
        return value;
    }

    private static Network loaded(Candidate candidate) {
        return Optional.ofNullable(candidate.milestones().get(Candidate.LOADED)).orElse(candidate.network());
    }

    private static Candidate rolledBack(Candidate candidate, Options options) {
        Candidate kept = candidate.kept().orElseThrow(() -> new InputException("the metric fell by more than maxDrop=" + options.maxDrop()
                + " and no candidate was kept to roll back to; raise maxDrop"));
        return kept.withKept(kept);
    }
}
