package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import io.espalier.network.Channels;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DoublePruneTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();

    private final Bench context = new Bench();

    /** Euclidean norms of the kernels that make a unit. */
    private record Norm() implements Criterion<Record> {

        @Override
        public Set<UnitKind> units() {
            return Set.of(UnitKind.CHANNEL);
        }

        @Override
        public INDArray score(UnitGroup group, Record options, CriterionContext context) {
            return group.kernels().stream().map(kernel -> kernel.norm2(1, 2, 3)).reduce(INDArray::add).orElseThrow();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static DoublePrune.Options options(Selection.Of of, double fraction, Optional<Double> below, int multiple) {
        return options((Chosen) new Chosen<>("norm", new Norm(), new NoOptions()), of, fraction, below, multiple);
    }

    private static DoublePrune.Options options(
            Chosen<Pruner<Record>> pruner, Selection.Of of, double fraction, Optional<Double> below, int multiple) {
        return new DoublePrune.Options(
                pruner, fraction, of, below, Selection.Scope.GLOBAL, Selection.Normalise.L2, 0, 0, multiple, List.of(), Decompose.BatchNorm.FROZEN,
                Decompose.Basis.KERNEL, Optional.empty(), Optional.empty());
    }

    private static Candidate candidate(Network network) {
        ImageShape shape = network.preprocessing().input();
        Split none = new Split(shape, List.of(), new int[0]);
        return Candidate.of(network, Dataset.of("none", network.classes(), none, none, none, ""));
    }

    static Iterable<String> names() {
        return NETWORKS.keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyTopologyLosesTheShareOfItsParametersAndIsDecomposedAnew(String name) {
        Network network = NETWORKS.get(name);
        Candidate after = new DoublePrune().apply(candidate(network), options(Selection.Of.PARAMETERS, 0.15, Optional.empty(), 1), context);
        long possible = Cost.of(network).parameters() - leastCost(network).parameters();
        assertThat(Cost.of(network).parameters() - Cost.of(after.network()).parameters()).isGreaterThanOrEqualTo((long) (0.15 * possible));
        assertThat(Decomposition.scalings(after.network())).isNotEmpty();
        INDArray predicted = after.network().graph().outputSingle(Networks.images(network, 2));
        assertThat(predicted.sumNumber().doubleValue()).isBetween(1.999, 2.001);
    }

    private static Cost leastCost(Network network) {
        Map<String, Integer> none = new HashMap<>();
        List<UnitGroup> groups = Channels.groups(network);
        groups.forEach(g -> none.put(g.name(), 0));
        return groups.get(0).footprint().of(none);
    }

    private Candidate halfOfItsVectors(Network network) {
        return new Threshold().apply(
                candidate(Decomposition.decompose(network)),
                new Threshold.Options(
                        new Chosen<>("s", new Vectors(), new NoOptions()), 0.5, Selection.Of.UNITS, Optional.empty(), Selection.Scope.LAYER,
                        Selection.Normalise.NONE, 0, 0, 1, WhenEmpty.REFUSE),
                context);
    }

    /** Halves of a decomposed layer are no layers of their own: its channels go, not its vectors, and its rank is kept. */
    @ParameterizedTest
    @MethodSource("names")
    void decomposedLayersAreCutByTheirChannels(String name) {
        Candidate reduced = halfOfItsVectors(NETWORKS.get(name));
        Candidate after = new DoublePrune().apply(reduced, options(Selection.Of.UNITS, 0.3, Optional.empty(), 1), context);
        Map<String, Long> before = Decomposition.ranks(reduced.network());
        Map<String, Long> ranks = Decomposition.ranks(after.network());
        assertThat(ranks.keySet()).containsAll(before.keySet());
        assertThat(before).allSatisfy((layer, rank) -> assertThat(ranks.get(layer)).isLessThanOrEqualTo(rank));
        assertThat(Cost.of(after.network()).parameters()).isLessThan(Cost.of(reduced.network()).parameters());
    }

    /** The decomposition's share of what is saved is not told as the channels'. */
    @Test
    void whatTheChannelsSaveIsSaidApartFromWhatTheDecompositionDoes() {
        Candidate reduced = halfOfItsVectors(NETWORKS.values().iterator().next());
        Candidate after = new DoublePrune().apply(reduced, options(Selection.Of.UNITS, 0.3, Optional.empty(), 1), context);
        Cost before = Cost.of(Decomposition.merge(reduced.network()));
        Cost whole = Cost.of(Decomposition.merge(after.network()));
        Cost decomposed = Cost.of(after.network());
        assertThat(decomposed).isNotEqualTo(whole);
        assertThat(context.said).last().asString().contains(" channels removed (").endsWith(String.format(
                Locale.ROOT, ": %,d -> %,d parameters, %,d -> %,d FLOPs; decomposed: %,d parameters, %,d FLOPs", before.parameters(),
                whole.parameters(), before.flops(), whole.flops(), decomposed.parameters(), decomposed.flops()));
    }

    private record Vectors() implements Criterion<Record> {

        @Override
        public Set<UnitKind> units() {
            return Set.of(UnitKind.BASIS_VECTOR);
        }

        @Override
        public INDArray score(UnitGroup group, Record options, CriterionContext context) {
            return group.singularValues().orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource(value = Selection.Of.class, names = "THRESHOLD", mode = EnumSource.Mode.EXCLUDE)
    void numbersOfChannelsThatStayAreMultiples(Selection.Of of) {
        Candidate after = new DoublePrune().apply(
                candidate(NETWORKS.get("vgg")), options(of, 0.5, Optional.empty(), 4), context);
        assertThat(Channels.groups(Decomposition.merge(after.network())))
                .allSatisfy(g -> assertThat(g.size() % 4 == 0 || g.size() == sizeBefore(g.name())).as(g.name()).isTrue());
    }

    private static int sizeBefore(String group) {
        return Channels.groups(NETWORKS.get("vgg")).stream().filter(g -> g.name().equals(group)).findFirst().orElseThrow().size();
    }

    @Test
    void aThresholdNeedsItsScore() {
        Candidate candidate = candidate(NETWORKS.get("chain"));
        assertThatThrownBy(() -> new DoublePrune().apply(candidate, options(Selection.Of.THRESHOLD, 0.5, Optional.empty(), 1), context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("of=threshold needs below=");
        Candidate after = new DoublePrune().apply(candidate, options(Selection.Of.THRESHOLD, 0.5, Optional.of(0.25), 1), context);
        assertThat(Cost.of(after.network()).parameters()).isLessThan(Cost.of(candidate.network()).parameters());
    }

    /** Gives what it was made with, whatever the group. */
    private record Fixed(Function<UnitGroup, INDArray> scores) implements Criterion<Record> {

        @Override
        public Set<UnitKind> units() {
            return Set.of(UnitKind.CHANNEL);
        }

        @Override
        public INDArray score(UnitGroup group, Record options, CriterionContext context) {
            return scores.apply(group);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private void refused(Function<UnitGroup, INDArray> scores, String message) {
        Chosen<Pruner<Record>> pruner = (Chosen) new Chosen<>("fixed", new Fixed(scores), new NoOptions());
        DoublePrune.Options options = options(pruner, Selection.Of.UNITS, 0.5, Optional.empty(), 1);
        assertThatThrownBy(() -> new DoublePrune().apply(candidate(NETWORKS.get("chain")), options, context))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining(message);
    }

    @Test
    void scoresThatAreNotFiniteOrTooFewAreRefusedByTheCriterionsName() {
        refused(g -> Nd4j.arange(g.size()).putScalar(1, Double.NaN), "criterion 'fixed' gave the score NaN for unit 1 of layer 'conv1'");
        refused(g -> Nd4j.arange(g.size()).putScalar(2, Double.NEGATIVE_INFINITY), "gave the score -Infinity for unit 2 of layer 'conv1'");
        refused(g -> Nd4j.arange(3), "criterion 'fixed' gave 3 scores for the 8 units of layer 'conv1'");
        refused(g -> null, "criterion 'fixed' gave no scores for layer 'conv1'");
    }
}
