package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.Stage;
import io.espalier.network.Decomposition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a stage promises. */
final class StageClaims {

    private static final long SEED = 1;

    private final Subject subject;
    private final Stage<Record> stage;
    private final Set<String> needs;
    private final Set<String> gives;
    private final Set<String> takes;

    @SuppressWarnings("unchecked")
    StageClaims(Subject subject, Stage<?> stage) {
        this.subject = subject;
        this.stage = (Stage<Record>) stage;
        this.needs = subject.extension().flow().map(flow -> Set.of(flow.needs())).orElse(Set.of());
        this.gives = subject.extension().flow().map(flow -> Set.of(flow.gives())).orElse(Set.of());
        this.takes = subject.extension().flow().map(flow -> Set.of(flow.takes())).orElse(Set.of());
    }

    List<Claim> all() {
        return List.of(
                new Claim("gives a network that runs, of a chain, a residual, a depthwise and a dense one", this::networksRun),
                new Claim("gives what its @Flow says", this::flowHolds),
                new Claim("gives the same with the same seed", this::sameSeedSameResult),
                new Claim("does not change the candidate that it is given", this::candidateIsUnchanged),
                new Claim("says what a call takes", this::effort));
    }

    /** A candidate of which all holds that the stage needs; none for a stage that begins a pipeline. */
    private Candidate input(Bench bench) {
        if (gives.contains("loaded")) {
            return Candidate.none();
        }
        Set<String> wanted = Set.copyOf(subject.catalog().bind(subject.extension(), subject.terms().options()).needs());
        Candidate chosen = wanted.contains("decomposed") || wanted.contains("factors") ? bench.decomposed() : bench.plain();
        return chosen.withKept(chosen);
    }

    private Candidate apply(Candidate candidate) {
        Candidate made = stage.apply(candidate, subject.options(), subject.context(SEED));
        if (made == null || made.isNone()) {
            throw subject.broken("gives no candidate; return the one that it was given if nothing is to change");
        }
        return made;
    }

    private List<Bench> benches() {
        subject.options();
        return gives.contains("loaded") ? Bench.all().subList(0, 1) : Bench.all();
    }

    private String networksRun() {
        List<String> refused = new ArrayList<>();
        List<Bench> benches = benches();
        for (Bench bench : benches) {
            try {
                requireRuns(apply(input(bench)), bench);
            } catch (InputException e) {
                refused.add(bench.name() + " (" + e.getMessage() + ")");
            }
        }
        if (refused.size() == benches.size()) {
            throw subject.broken("refuses every network: " + refused.get(0) + "; say in @Flow(needs = ...) what it needs");
        }
        return refused.isEmpty() ? "" : "refuses " + String.join(", ", refused);
    }

    private void requireRuns(Candidate made, Bench bench) {
        if (gives.contains("loaded")) {
            made.network().outputTypes();
            return;
        }
        INDArray outputs;
        try {
            made.network().outputTypes();
            outputs = Bench.predict(made.network());
        } catch (RuntimeException e) {
            throw subject.broken("gives a network that does not run (" + bench.name() + "): " + e + "; remove units by a PruningPlan and the"
                    + " Surgeon, and replace parameters by others of the same shape", e);
        }
        if (!Double.isFinite(outputs.sumNumber().doubleValue()) || !Copies.areNumbers(made.network())) {
            throw subject.broken("gives a network of which parameters or outputs are no numbers (" + bench.name() + "); look for a division by zero in what it"
                    + " makes of the weights");
        }
    }

    private String flowHolds() {
        Candidate made = apply(input(firstThatWorks()));
        boolean decomposed = !Decomposition.scalings(made.network()).isEmpty();
        if (gives.contains("decomposed") && !decomposed) {
            throw subject.broken("says @Flow(gives = \"decomposed\"), but the network that it gives has no basis-scaling convolution");
        }
        if ((takes.contains("decomposed") || gives.contains("plain")) && decomposed) {
            throw subject.broken("says in its @Flow that the network is plain afterwards, but it has basis-scaling convolutions");
        }
        if (gives.contains("trained") && made.importance().isEmpty()) {
            throw subject.broken("says @Flow(gives = \"trained\"), but gives no importance sums; add them by candidate.withImportance(...)");
        }
        boolean begins = gives.contains("loaded");
        if (!begins && !needs.contains("loaded") && !needs.contains("data")) {
            throw subject.broken("does not say that it needs a network; annotate it with @Flow(needs = \"loaded\"), so that a pipeline that"
                    + " begins with it is refused before it runs");
        }
        return "";
    }

    private Bench firstThatWorks() {
        for (Bench bench : benches()) {
            try {
                apply(input(bench));
                return bench;
            } catch (InputException e) {
                continue;
            }
        }
        throw new NotChecked("it refuses every network of the kit");
    }

    private String sameSeedSameResult() {
        Bench bench = firstThatWorks();
        String difference = difference(apply(input(bench)), apply(input(bench)));
        if (!difference.isEmpty()) {
            throw subject.broken("gives " + difference + " when applied again to the same candidate with the same seed, so a resumed run would"
                    + " differ; take all randomness from context.random(...), and nothing from the clock");
        }
        return "";
    }

    private static String difference(Candidate a, Candidate b) {
        if (!Copies.digest(a.network()).equals(Copies.digest(b.network()))) {
            return "another network";
        }
        if (!timeless(a.metrics()).equals(timeless(b.metrics()))) {
            return "other metrics (" + a.metrics() + ", then " + b.metrics() + ")";
        }
        boolean same = a.importance().keySet().equals(b.importance().keySet())
                && a.importance().entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), b.importance().get(e.getKey())));
        return same ? "" : "other importance sums";
    }

    private static Map<String, Double> timeless(Map<String, Double> metrics) {
        return new TreeMap<>(metrics);
    }

    private String candidateIsUnchanged() {
        Bench bench = firstThatWorks();
        Candidate given = input(bench);
        if (given.isNone()) {
            return "it begins a pipeline";
        }
        Candidate own = given.with(Copies.of(given.network())).withImportance(given.importance());
        String before = Copies.digest(own.network());
        Map<String, double[]> importance = new TreeMap<>();
        own.importance().forEach((layer, sums) -> importance.put(layer, sums.clone()));
        apply(own);
        if (!Copies.digest(own.network()).equals(before)) {
            throw subject.broken("changes the network that it is given; its tensors are shared with the candidates before: take copies"
                    + " (tensor.dup()) and give a new network (network.edit())");
        }
        own.importance().forEach((layer, sums) -> {
            if (!Arrays.equals(sums, importance.get(layer))) {
                throw subject.broken("changes the importance sums that it is given, of layer '" + layer + "'; take a copy (sums.clone())");
            }
        });
        return "";
    }

    private String effort() {
        Bench bench = firstThatWorks();
        return Effort.of(() -> apply(input(bench))) + " for the " + bench.name() + " network";
    }
}
