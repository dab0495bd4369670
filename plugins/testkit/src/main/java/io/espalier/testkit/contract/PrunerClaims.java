package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.Pruned;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.network.Selection;
import io.espalier.network.UnsupportedTopologyException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a pruner promises. */
final class PrunerClaims {

    private static final long SEED = 1;
    private static final long OTHER_SEED = 2;
    /** A quarter of the units at random, twice, has a seventh of what either has in common. */
    private static final double LEAST_COMMON = 0.5;
    private static final Selection QUARTER = new Selection(
            Selection.Of.UNITS, 0.25, Selection.Scope.LAYER, Selection.Normalise.L2, 0, 0, 1);

    private final Subject subject;
    private final Pruner<Record> pruner;

    @SuppressWarnings("unchecked")
    PrunerClaims(Subject subject, Pruner<?> pruner) {
        this.subject = subject;
        this.pruner = (Pruner<Record>) pruner;
    }

    List<Claim> all() {
        return List.of(
                new Claim("yields plans that fit, and masking its units computes what removing them does, on a chain, a residual, a depthwise"
                        + " and a dense network", this::plansAreLegal),
                new Claim("yields the same plan with the same seed", this::sameSeedSamePlan),
                new Claim("does not change the network that it is given", this::networkIsUnchanged),
                new Claim("chooses by the units and not by chance, unless it says so", this::choiceIsNotRandom),
                new Claim("says what a call takes", this::effort));
    }

    private Pruned plan(Candidate candidate, Record options, long seed) {
        Pruned pruned;
        try {
            pruned = pruner.prune(candidate, QUARTER, options, subject.context(seed));
        } catch (RunFailedException e) {
            if (e.getCause() instanceof IllegalArgumentException || e.getCause() instanceof UnsupportedTopologyException) {
                throw PlanCheck.doesNotFit(subject, e.getCause(), candidate.network().nodes().size() + " layers");
            }
            throw e;
        }
        if (pruned == null || pruned.plan() == null) {
            throw subject.broken("gives no plan; return one that removes nothing if nothing is to go");
        }
        return pruned;
    }

    /** For options that may be absurd. */
    void planWith(Record options) {
        plan(Bench.all().get(0).plain(), options, SEED);
    }

    /** The networks that it does not refuse in words. */
    private List<Bench> planned(Record options) {
        List<Bench> planned = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (Bench bench : Bench.all()) {
            try {
                plan(bench.plain(), options, SEED);
                planned.add(bench);
            } catch (InputException e) {
                refused.add(bench.name() + " (" + e.getMessage() + ")");
            }
        }
        if (planned.isEmpty()) {
            throw subject.broken("refuses every network: " + refused.get(0));
        }
        return planned;
    }

    private String plansAreLegal() {
        Record options = subject.options();
        int removed = 0;
        for (Bench bench : planned(options)) {
            Pruned pruned = plan(bench.plain(), options, SEED);
            if (pruned.network() == bench.plain().network()) {
                throw subject.broken("removes nothing of the " + bench.name() + " network when a quarter is asked for; remove what the selection"
                        + " asks for, most simply by selection.plan(groups, scores, reason)");
            }
            PlanCheck.require(subject, pruned, bench.plain().network(), bench.name());
            removed += pruned.plan().count();
        }
        return removed + " units";
    }

    private String sameSeedSamePlan() {
        Record options = subject.options();
        for (Bench bench : planned(options)) {
            if (!units(plan(bench.plain(), options, SEED)).equals(units(plan(bench.plain(), options, SEED)))) {
                throw subject.broken("yields another plan for the " + bench.name() + " network when asked again with the same seed; take all"
                        + " randomness from context.random(...), and keep nothing between calls");
            }
        }
        return "";
    }

    /** What goes; of a network of the pruner's own making all that there is to say is which it is. */
    private static Set<String> units(Pruned pruned) {
        Set<String> units = new HashSet<>();
        if (pruned.plan().isEmpty()) {
            units.add(Copies.digest(pruned.network()));
        }
        pruned.plan().removals().forEach(removal -> removal.removed().forEach(unit -> units.add(removal.group() + " " + unit)));
        return units;
    }

    private String networkIsUnchanged() {
        Record options = subject.options();
        for (Bench bench : planned(options)) {
            Candidate own = bench.plain().with(Copies.of(bench.plain().network()));
            String before = Copies.digest(own.network());
            plan(own, options, SEED);
            if (!Copies.digest(own.network()).equals(before)) {
                throw subject.broken("changes the network that it is given (" + bench.name() + "); its tensors are shared: take copies"
                        + " (tensor.dup()) and no operations that end in i (muli, addi, divi) on what you did not make");
            }
        }
        return "";
    }

    private String choiceIsNotRandom() {
        if (subject.saysRandom()) {
            return "it says that chance decides";
        }
        Record options = subject.options();
        double common = 0;
        double all = 0;
        for (Bench bench : planned(options)) {
            Set<String> first = units(plan(bench.plain(), options, SEED));
            Set<String> second = units(plan(bench.plain(), options, OTHER_SEED));
            all += first.size();
            first.retainAll(second);
            common += first.size();
        }
        if (common / all < LEAST_COMMON) {
            throw subject.broken(String.format("chooses by chance: with another seed %.0f %% of its choice is another one; choose by the units"
                    + " themselves, or say 'random' in the doc of its @Named if chance is what it is for", 100 * (1 - common / all)));
        }
        return String.format("%.0f %% the same with another seed", 100 * common / all);
    }

    private String effort() {
        Record options = subject.options();
        Bench bench = planned(options).get(0);
        return Effort.of(() -> plan(bench.plain(), options, SEED)) + " for the " + bench.name() + " network";
    }
}
