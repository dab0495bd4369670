package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.engine.TrainingPlan;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PruningStagesTest {

    private final Bench context = new Bench();

    /** Scores that count up, or whatever the test wants. */
    private record Scores(Set<UnitKind> units, double[] fixed) implements Criterion<Record> {

        @Override
        public INDArray score(UnitGroup group, Record options, CriterionContext context) {
            return fixed.length == 0 ? Nd4j.linspace(1, 2, group.size()) : Nd4j.createFromArray(fixed);
        }
    }

    private static Chosen<Criterion<Record>> criterion(UnitKind kind, double... fixed) {
        return new Chosen<>("mine", new Scores(Set.of(kind), fixed), new NoOptions());
    }

    private static Threshold.Options threshold(
            Chosen<Criterion<Record>> criterion, double fraction, Selection.Of of, Optional<Double> below, WhenEmpty whenEmpty) {
        return new Threshold.Options(
                criterion, fraction, of, below, Selection.Scope.GLOBAL, Selection.Normalise.NONE, 0, 0, 1, whenEmpty);
    }

    private Candidate decomposed() {
        return decomposed(Decompose.Basis.KERNEL, Optional.empty(), Optional.empty());
    }

    private Candidate decomposed(Decompose.Basis basis, Optional<Double> energy, Optional<Integer> images) {
        return new Decompose().apply(
                Bench.candidate(), new Decompose.Options(Decompose.Method.BASIS, basis, energy, images, Decompose.BatchNorm.FOLD), context);
    }

    @Test
    void basesFromDataLookAtAsManyTrainingImagesAsAskedForAndAlwaysAtTheSame() {
        Candidate few = decomposed(Decompose.Basis.DATA, Optional.of(0.99), Optional.of(10));
        assertThat(context.said).anyMatch(line -> line.contains("10 of 40 training images, 0.99 of the variance"));
        assertThat(decomposed(Decompose.Basis.DATA, Optional.of(0.99), Optional.of(10)).network().digest()).isEqualTo(few.network().digest());
        assertThat(decomposed(Decompose.Basis.DATA, Optional.of(0.99), Optional.of(40)).network().digest()).isNotEqualTo(few.network().digest());
        assertThat(decomposed(Decompose.Basis.DATA, Optional.empty(), Optional.empty()).network().digest())
                .isEqualTo(decomposed(Decompose.Basis.DATA, Optional.of(0.997), Optional.of(1000)).network().digest());
    }

    @Test
    void whatBasesFromDataCutCanBeGoneBackOnAndIsNotCalledUnpruned() {
        Candidate cut = decomposed(Decompose.Basis.DATA, Optional.of(0.8), Optional.empty());
        Candidate kept = cut.kept().orElseThrow();
        assertThat(Cost.of(cut.network()).parameters()).isLessThan(Cost.of(kept.network()).parameters());
        assertThat(Cost.of(kept.network())).isEqualTo(Cost.of(Bench.candidate().network()));
        assertThat(Decomposition.scalings(kept.network())).as("as decomposed as what was cut").hasSize(2);
        assertThat(decomposed(Decompose.Basis.DATA, Optional.of(1.0), Optional.empty()).kept()).isEmpty();
    }

    @Test
    void whatOnlyBasesFromDataCanUseIsRefusedWithBasesFromKernels() {
        assertThatThrownBy(() -> decomposed(Decompose.Basis.KERNEL, Optional.of(0.9), Optional.empty()))
                .isInstanceOf(InputException.class).hasMessageContaining("energy=0.9").hasMessageContaining("basis=data");
        assertThatThrownBy(() -> decomposed(Decompose.Basis.KERNEL, Optional.empty(), Optional.of(10)))
                .isInstanceOf(InputException.class).hasMessageContaining("images=10");
    }

    @Test
    void basesFromDataNeedImages() {
        Network network = Bench.candidate().network();
        Candidate alone = Candidate.of(network, Dataset.none(network.preprocessing().input(), network.classes()));
        Decompose.Options options = new Decompose.Options(
                Decompose.Method.BASIS, Decompose.Basis.DATA, Optional.empty(), Optional.empty(), Decompose.BatchNorm.FOLD);
        assertThatThrownBy(() -> new Decompose().apply(alone, options, context))
                .isInstanceOf(InputException.class).hasMessageContaining("there are none").hasMessageContaining("basis=kernel");
    }

    @Test
    void theShareAskedForIsRemovedAndTheCandidateBeforeTheFirstCutIsKept() {
        Candidate before = decomposed();
        Candidate after = new Threshold().apply(
                before, threshold(criterion(UnitKind.BASIS_VECTOR), 0.5, Selection.Of.UNITS, Optional.empty(), WhenEmpty.REFUSE), context);
        assertThat(Decomposition.scalings(after.network()).stream().mapToLong(Ranks::of).sum()).isEqualTo(7);
        assertThat(after.kept().orElseThrow().network().digest()).isEqualTo(before.network().digest());
        assertThat(context.journal).anyMatch(line -> line.startsWith("plan"));
    }

    @Test
    void aPlanThatRemovesNothingIsRefusedWithWhatToChange() {
        Threshold.Options options = threshold(
                criterion(UnitKind.BASIS_VECTOR), 0.001, Selection.Of.UNITS, Optional.empty(), WhenEmpty.REFUSE);
        assertThatThrownBy(() -> new Threshold().apply(decomposed(), options, context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nothing would be removed")
                .hasMessageContaining("whenEmpty=stop");
    }

    @Test
    void orEndsALoopThatHasRemovedSomethingWhenItIsToldTo() {
        Candidate first = decomposed();
        Candidate before = first.withKept(first);
        Candidate after = new Threshold().apply(
                before, threshold(criterion(UnitKind.BASIS_VECTOR), 0.001, Selection.Of.UNITS, Optional.empty(), WhenEmpty.STOP), context);
        assertThat(after).isSameAs(before);
        assertThat(context.variables).containsEntry("pruning", "done");
        assertThat(context.said).anyMatch(line -> line.contains("pruning ends"));
    }

    @Test
    void aLoopThatHasRemovedNothingDoesNotEndAsIfItHad() {
        Threshold.Options options = threshold(criterion(UnitKind.BASIS_VECTOR), 0.001, Selection.Of.UNITS, Optional.empty(), WhenEmpty.STOP);
        assertThatThrownBy(() -> new Threshold().apply(decomposed(), options, context))
                .isInstanceOf(InputException.class).hasMessageContaining("nor was anything removed before").hasMessageContaining("raise fraction");
        assertThatThrownBy(() -> new SelectChannels().apply(scaled(), new SelectChannels.Options(0.5, 0, 1, WhenEmpty.STOP), context))
                .isInstanceOf(InputException.class).hasMessageContaining("nor was anything removed before").hasMessageContaining("raise below");
        assertThat(context.variables).doesNotContainKey("pruning");
    }

    @Test
    void aThresholdAboveEveryScoreIsRefused() {
        Threshold.Options options = threshold(
                criterion(UnitKind.BASIS_VECTOR), 0.5, Selection.Of.THRESHOLD, Optional.of(99.0), WhenEmpty.REFUSE);
        assertThatThrownBy(() -> new Threshold().apply(decomposed(), options, context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("would remove everything");
    }

    @Test
    void scoresThatAreNoNumbersOrTooFewAreRefusedByTheCriterionsName() {
        for (double[] wrong : new double[][] {{Double.NaN, 1, 1, 1, 1, 1}, {1, 2}}) {
            Threshold.Options options = threshold(
                    criterion(UnitKind.BASIS_VECTOR, wrong), 0.5, Selection.Of.UNITS, Optional.empty(), WhenEmpty.REFUSE);
            assertThatThrownBy(() -> new Threshold().apply(decomposed(), options, context))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("'mine'")
                    .hasMessageContaining("layer 'a'");
        }
    }

    @Test
    void aCriterionForChannelsIsRefusedForBasisVectors() {
        Threshold.Options options = threshold(
                criterion(UnitKind.CHANNEL), 0.5, Selection.Of.UNITS, Optional.empty(), WhenEmpty.REFUSE);
        assertThatThrownBy(() -> new Threshold().apply(decomposed(), options, context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("scores channels");
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void doublePruningRemovesChannelsAndDecomposesAnew() {
        Chosen<Pruner<Record>> pruner = (Chosen) criterion(UnitKind.CHANNEL);
        DoublePrune.Options options = new DoublePrune.Options(
                pruner, 0.5, Selection.Of.UNITS, Optional.empty(), Selection.Scope.LAYER, Selection.Normalise.L2, 0, 0, 1, List.of(),
                Decompose.BatchNorm.FOLD, Decompose.Basis.KERNEL, Optional.empty(), Optional.empty());
        Candidate before = decomposed();
        Candidate after = new DoublePrune().apply(before, options, context);
        assertThat(after.network().node("b").layer()).isPresent();
        assertThat(Decomposition.scalings(after.network())).extracting(n -> n.parameter("V").size(1)).containsExactly(3L, 4L);
        assertThat(Cost.of(after.network()).parameters()).isEqualTo(3 * 9 + 3 + 3 * 9 * 4 + 4 + 4 * 2 + 2);
        assertThat(after.importance()).isEmpty();
    }

    private Candidate scaled() {
        return new InsertScalings().apply(Bench.candidate(), new NoOptions(), context);
    }

    private Candidate trainedScalings(double l1) {
        return new TrainScalings().apply(scaled(), new TrainScalings.Options(
                6, 8, 0.1, 0.01, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.CONSTANT, 1, l1,
                Augment.NONE, TrainingRun.ClassWeights.NONE, 0, "", Optional.empty(), Optional.empty()), context);
    }

    @Test
    void aPenaltyTakesFactorsToZeroAndNeverBelow() {
        double[] free = ChannelScalings.factors(trainedScalings(0).network()).get("b-scaling");
        double[] penalised = ChannelScalings.factors(trainedScalings(0.5).network()).get("b-scaling");
        assertThat(Arrays.stream(penalised).sum()).isLessThan(Arrays.stream(free).sum());
        assertThat(penalised).contains(0).satisfies(all -> assertThat(Arrays.stream(all).min().orElseThrow()).isNotNegative());
    }

    @Test
    void channelsOfSmallFactorsGoAndTheOthersBeginAnew() {
        Candidate trained = trainedScalings(0);
        double[] factors = ChannelScalings.factors(trained.network()).get("a-scaling");
        double[] sorted = Arrays.stream(factors).sorted().toArray();
        SelectChannels.Options options = new SelectChannels.Options((sorted[1] + sorted[2]) / 2, 0, 1, WhenEmpty.STOP);
        Candidate selected = new SelectChannels().apply(trained, options, context);
        assertThat(ChannelScalings.factors(selected.network()).get("a-scaling")).containsExactly(1, 1, 1, 1);
        assertThat(selected.network().node("a").parameter("W").size(0)).isEqualTo(4);
        assertThat(context.journal).anyMatch(line -> line.startsWith("plan"));
        assertThat(context.variables).doesNotContainKey("pruning");
    }

    @Test
    void whereNoFactorIsSmallPruningEndsOrIsRefused() {
        Candidate first = scaled();
        Candidate scaled = first.withKept(first);
        Candidate after = new SelectChannels().apply(scaled, new SelectChannels.Options(0.5, 0, 1, WhenEmpty.STOP), context);
        assertThat(after).isSameAs(scaled);
        assertThat(context.variables).containsEntry("pruning", "done");
        assertThat(context.said).anyMatch(line -> line.contains("no channel falls") && line.contains("between 1.000 and 1.000"));
        assertThatThrownBy(() -> new SelectChannels().apply(scaled, new SelectChannels.Options(0.5, 0, 1, WhenEmpty.REFUSE), context))
                .isInstanceOf(InputException.class).hasMessageContaining("raise below").hasMessageContaining("l1=");
    }

    @Test
    void aThresholdAboveEveryFactorIsRefused() {
        assertThatThrownBy(() -> new SelectChannels().apply(scaled(), new SelectChannels.Options(2, 0, 1, WhenEmpty.STOP), context))
                .isInstanceOf(InputException.class).hasMessageContaining("would remove everything");
    }

    @Test
    void trainingScalesGivesImportanceOfEveryVectorAndMovesNothingElse() {
        Candidate before = decomposed();
        TrainScalings.Options options = new TrainScalings.Options(
                3, 8, 0.05, 0.01, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, 1, 0,
                Augment.NONE, TrainingRun.ClassWeights.BALANCED, 0, "", Optional.empty(), Optional.empty());
        Candidate after = new TrainScalings().apply(before, options, context);
        assertThat(after.importance().get("a")).hasSize(6).doesNotContain(0.0);
        assertThat(after.milestones()).containsKey(Candidate.SCALED);
        assertThat(after.network().node("a-basis").parameter("W")).isEqualTo(before.network().node("a-basis").parameter("W"));
        assertThat(after.network().node("a").parameter("v")).isNotEqualTo(before.network().node("a").parameter("v"));
        assertThat(after.network().node("out").parameter("W")).isNotEqualTo(before.network().node("out").parameter("W"));
    }

    /** The bench's network with a batch norm between its convolutions, decomposed as asked. */
    private Candidate normalised(Decompose.BatchNorm batchNorm) {
        Network network = Bench.candidate().network();
        Node norm = Node.layer(
                "norm", new BatchNormalization.Builder().nIn(6).nOut(6).useLogStd(false).build(), List.of("a"),
                Map.of("gamma", Nd4j.valueArrayOf(new long[] {6}, 0.8), "beta", Nd4j.valueArrayOf(new long[] {6}, 0.1),
                        "mean", Nd4j.valueArrayOf(new long[] {6}, 0.2), "var", Nd4j.valueArrayOf(new long[] {6}, 1.5)));
        Network with = network.edit().replace(network.node("b").reading(List.of("norm"))).add(norm).build();
        Candidate candidate = Bench.candidate().with(with);
        Decompose.Options options = new Decompose.Options(Decompose.Method.BASIS, Decompose.Basis.KERNEL, Optional.empty(), Optional.empty(), batchNorm);
        return new Decompose().apply(candidate, options, context)
                .withStep(new Candidate.Step("decompose", Map.of("batchNorm", batchNorm.name().toLowerCase(Locale.ROOT))));
    }

    private Node normAfterTraining(Decompose.BatchNorm batchNorm) {
        TrainScalings.Options options = new TrainScalings.Options(
                2, 8, 0.05, 0.01, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, 1, 0,
                Augment.NONE, TrainingRun.ClassWeights.BALANCED, 0, "", Optional.empty(), Optional.empty());
        Candidate trained = new TrainScalings().apply(normalised(batchNorm), options, context);
        assertThat(trained.importance()).containsOnlyKeys("a", "b");
        assertThat(trained.network().nodes()).extracting(Node::name).containsExactlyElementsOf(
                normalised(batchNorm).network().nodes().stream().map(Node::name).toList());
        return trained.network().node("norm");
    }

    @Test
    void scaleAndShiftOfABatchNormTrainWhereTheDecompositionSaysSoAndItsStatisticsNever() {
        Node before = normalised(Decompose.BatchNorm.TRAIN).network().node("norm");
        Node trained = normAfterTraining(Decompose.BatchNorm.TRAIN);
        assertThat(trained.kind()).isEqualTo("BatchNormalization");
        for (String parameter : List.of("gamma", "beta")) {
            assertThat(trained.parameter(parameter)).isNotEqualTo(before.parameter(parameter));
        }
        for (String parameter : List.of("mean", "var")) {
            assertThat(trained.parameter(parameter)).isEqualTo(before.parameter(parameter));
        }
        assertThat(normAfterTraining(Decompose.BatchNorm.FROZEN).parameters()).isEqualTo(before.parameters());
    }

    @Test
    void theTestImagesAreReadOnceForAllNetworksOfTheSummary() {
        Candidate result = new Evaluate().apply(
                decomposed().withMilestone(Candidate.SCALED, decomposed().network()),
                new Evaluate.Options(Dataset.Part.TEST, Optional.empty(), Optional.empty(), 10), context);
        assertThat(context.journal.stream().filter(line -> line.startsWith("test-read"))).hasSize(1);
        assertThat(result.metrics()).containsKeys("accuracy.test.loaded", "accuracy.test.scaled", "accuracy.test.pruned", "recall.test.pruned.1");
        assertThat(result.metrics().get("accuracy.test.loaded")).isEqualTo(result.metrics().get("accuracy.test.pruned"));
    }

    @Test
    void sizesAreReadOrRefused() {
        assertThat(Sizes.parse("auto")).isEmpty();
        assertThat(Sizes.parse("32x48").orElseThrow().width()).isEqualTo(48);
        for (String wrong : new String[] {"0", "x32", "big", "-3"}) {
            assertThatThrownBy(() -> Sizes.parse(wrong)).isInstanceOf(InputException.class).hasMessageContaining("size=" + wrong);
        }
    }
}
