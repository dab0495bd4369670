package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.network.BasisVectors;
import io.espalier.network.Channels;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a criterion promises. */
final class CriterionClaims {

    private static final long SEED = 1;
    private static final long OTHER_SEED = 2;
    /** Chance gives 0, and a criterion that looks at a sample of the images well above this. */
    private static final double LEAST_AGREEMENT = 0.5;
    private static final double SHARE = 0.25;

    private final Subject subject;
    private final Criterion<Record> criterion;
    private final Map<Field, Map<String, double[]>> scored = new LinkedHashMap<>();
    private final List<String> refused = new ArrayList<>();

    @SuppressWarnings("unchecked")
    CriterionClaims(Subject subject, Criterion<?> criterion) {
        this.subject = subject;
        this.criterion = (Criterion<Record>) criterion;
    }

    List<Claim> all() {
        return List.of(
                new Claim("gives every unit a finite score, on a chain, a residual, a depthwise and a dense network", this::scoresAreWhole),
                new Claim("gives the same scores with the same seed", this::sameSeedSameScores),
                new Claim("does not change the network that it is given", this::networkIsUnchanged),
                new Claim("ranks by the units and not by chance, unless it says so", this::rankingIsNotRandom),
                new Claim("yields plans that fit, and masking its units computes what removing them does", this::plansAreLegal),
                new Claim("says what a call takes", this::effort));
    }

    /** A network with the groups that compete in it. */
    private record Field(Bench bench, UnitKind kind, Candidate candidate, List<UnitGroup> groups) {

        String title() {
            return bench.name() + (kind == UnitKind.CHANNEL ? ", channels" : ", basis vectors");
        }
    }

    private List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        for (UnitKind kind : new TreeSet<>(criterion.units())) {
            for (Bench bench : Bench.all()) {
                fields.add(field(bench, kind));
            }
        }
        return fields;
    }

    private static Field field(Bench bench, UnitKind kind) {
        return kind == UnitKind.CHANNEL
                ? new Field(bench, kind, bench.plain(), Channels.groups(bench.plain().network()))
                : new Field(bench, kind, bench.decomposed(),
                        BasisVectors.groups(bench.decomposed().network(), bench.decomposed().importance()));
    }

    /** Scores by group, or nothing where the criterion refuses the network in words. */
    private Map<String, double[]> scores(Field field, Record options, long seed) {
        CriterionContext context = subject.context(seed).looking(field.candidate());
        Map<String, INDArray> raw = criterion.scores(field.groups(), options, context);
        if (raw == null) {
            throw subject.broken("gives no scores; return an array for each group by its name");
        }
        Map<String, double[]> scores = new LinkedHashMap<>();
        field.groups().forEach(group -> scores.put(group.name(), checked(raw.get(group.name()), group, field)));
        return scores;
    }

    private double[] checked(INDArray scores, UnitGroup group, Field field) {
        String where = " for layer '" + group.name() + "' (" + field.title() + ")";
        if (scores == null) {
            throw subject.broken("gives no scores" + where + "; return an array of the shape [" + group.size() + "], one score for each unit");
        }
        double[] values = scores.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        if (values.length != group.size()) {
            throw subject.broken("gives " + values.length + " scores, shape " + Arrays.toString(scores.shape()) + "," + where + ", which has "
                    + group.size() + " units; reduce over every dimension but the first, for example kernel.norm2(1, 2, 3)");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw subject.broken("gives the score " + values[i] + " for unit " + i + where
                        + "; look for a division by zero, a logarithm or a root of what may be 0 or less");
            }
        }
        return values;
    }

    /** For options that may be absurd. */
    void scoresWith(Record options) {
        for (UnitKind kind : new TreeSet<>(criterion.units())) {
            scores(field(Bench.all().get(0), kind), options, SEED);
        }
    }

    private String scoresAreWhole() {
        int networks = scored(subject.options()).size();
        if (networks == 0) {
            throw subject.broken("refuses every network: " + refused.get(0) + "; say in @Flow(needs = ...) what it needs, if the kit's networks"
                    + " do not have it");
        }
        return refused.isEmpty() ? networks + " networks" : "refuses " + String.join(", ", refused);
    }

    /** Where it scores at all, with its scores; that it does somewhere is the first claim. Computed once: a call may be dear. */
    private Map<Field, Map<String, double[]>> scored(Record options) {
        if (scored.isEmpty()) {
            for (Field field : fields()) {
                try {
                    scored.put(field, scores(field, options, SEED));
                } catch (InputException e) {
                    refused.add(field.title() + " (" + e.getMessage() + ")");
                }
            }
        }
        return scored;
    }

    private String sameSeedSameScores() {
        Record options = subject.options();
        scored(options).forEach((field, first) -> {
            Map<String, double[]> second = scores(field, options, SEED);
            first.forEach((group, scores) -> {
                if (!Arrays.equals(scores, second.get(group))) {
                    throw subject.broken("gives other scores for layer '" + group + "' (" + field.title() + ") when asked again with the same"
                            + " seed; take all randomness from context.random(group.name()), and keep nothing between calls");
                }
            });
        });
        return "";
    }

    private String networkIsUnchanged() {
        Record options = subject.options();
        for (Field field : scored(options).keySet()) {
            // Of its own copy: what it changes must not spoil the other claims.
            Candidate own = field.candidate().with(Copies.of(field.candidate().network())).withImportance(field.candidate().importance());
            Field copied = new Field(field.bench(), field.kind(), own, groups(field.kind(), own));
            String before = Copies.digest(own.network());
            scores(copied, options, SEED);
            if (!Copies.digest(own.network()).equals(before)) {
                throw subject.broken("changes the network that it is given (" + field.title() + "); its tensors are shared: take copies"
                        + " (tensor.dup()) and no operations that end in i (muli, addi, divi) on what you did not make");
            }
        }
        return "";
    }

    private static List<UnitGroup> groups(UnitKind kind, Candidate candidate) {
        return kind == UnitKind.CHANNEL ? Channels.groups(candidate.network()) : BasisVectors.groups(candidate.network(), candidate.importance());
    }

    private String rankingIsNotRandom() {
        if (subject.saysRandom()) {
            return "it says that chance decides";
        }
        Record options = subject.options();
        Ranking ranking = new Ranking();
        scored(options).forEach((field, first) -> {
            Map<String, double[]> second = scores(field, options, OTHER_SEED);
            first.forEach((group, scores) -> ranking.add(scores, second.get(group)));
        });
        if (ranking.isFlat()) {
            throw subject.broken("gives all units of a layer the same score, in every layer of every network, so that units would go in the"
                    + " order in which they stand; score what tells units apart");
        }
        if (ranking.agreement() < LEAST_AGREEMENT) {
            throw subject.broken(String.format("ranks units by chance: with another seed the order is another one (rank correlation %.2f);"
                    + " score the units themselves, or say 'random' in the doc of its @Named if chance is what it is for", ranking.agreement()));
        }
        return String.format("rank correlation of two seeds %.2f", ranking.agreement());
    }

    private String plansAreLegal() {
        Record options = subject.options();
        int removed = 0;
        for (Map.Entry<Field, Map<String, double[]>> each : scored(options).entrySet()) {
            Field field = each.getKey();
            PruningPlan plan = Selection.ofUnits(SHARE).plan(field.groups(), each.getValue(), title());
            removed += plan.count();
            PlanCheck.require(subject, plan, field.candidate().network(), field.title());
        }
        return removed + " units";
    }

    private String title() {
        return "criterion " + subject.extension().name();
    }

    private String effort() {
        Record options = subject.options();
        Field field = scored(options).keySet().stream().findFirst().orElseThrow(() -> new NotChecked("it refuses every network of the kit"));
        int units = field.groups().stream().mapToInt(UnitGroup::size).sum();
        CriterionContext context = subject.context(SEED).looking(field.candidate());
        return Effort.of(() -> criterion.scores(field.groups(), options, context)) + " for the " + units + " units of " + field.groups().size()
                + " layers (" + field.title() + ")";
    }
}
