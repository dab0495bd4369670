package io.espalier.engine;

import static io.espalier.engine.Trainings.BATCH;
import static io.espalier.engine.Trainings.NOBODY;
import static io.espalier.engine.Trainings.certain;
import static io.espalier.engine.Trainings.decomposed;
import static io.espalier.engine.Trainings.factors;
import static io.espalier.engine.Trainings.label;
import static io.espalier.engine.Trainings.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Blobs;
import io.espalier.Networks;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.engine.Trainer.Epoch;
import io.espalier.engine.Trainer.Outcome;
import io.espalier.engine.TrainingPlan.Schedule;
import io.espalier.engine.TrainingPlan.Updater;
import io.espalier.engine.Trainings.Setting;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TrainerTest {

    /** A network small enough to learn the bars in a few steps. */
    private static Network learner() {
        return Decomposition.decompose(Networks.network(Networks.builder()
                .addLayer("conv1", Networks.convolution(3, 8, 3, 1, Activation.RELU), "in")
                .addLayer("conv2", Networks.convolution(8, 8, 3, 2, Activation.RELU), "conv1")
                .addLayer("out", Networks.output(), "conv2"), new ImageShape(3, 8, 8)));
    }

    @ParameterizedTest
    @EnumSource(Updater.class)
    void theLossFallsAndTheAccuracyRises(Updater updater) {
        double rate = Map.of(Updater.ADAM, 0.03, Updater.NESTEROVS, 0.05, Updater.SGD, 0.3).get(updater);
        Setting setting = new Setting(updater, Schedule.COSINE, rate, 8, 0, List.of(), 0);
        Outcome outcome = train(learner(), Blobs.balanced(), setting.plan(learner()));
        Epoch first = outcome.epochs().get(0);
        Epoch last = outcome.epochs().get(7);
        assertThat(outcome.epochs()).extracting(Epoch::number).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(last.loss()).isLessThan(first.loss() / 2);
        assertThat(last.validation().accuracy()).isGreaterThan(0.8).isGreaterThan(first.validation().accuracy());
    }

    @Test
    void whatATeacherAnswersIsLearnedInsteadOfTheLabels() {
        Setting setting = new Setting(Updater.ADAM, Schedule.COSINE, 0.03, 8, 0, List.of(), 0);
        Network teacher = train(learner(), Blobs.balanced(), setting.plan(learner())).network();
        TrainingPlan plan = setting.plan(learner());
        assertThat(accuracy(train(learner(), Blobs.mislabelled(), plan))).isLessThan(0.3);
        assertThat(accuracy(train(learner(), Blobs.mislabelled(), plan.withTeacher(new TrainingPlan.Teacher(teacher, new Distillation(1, 1)))))).isGreaterThan(0.8);
        // Labels and teacher contradict each other: half of either is a loss of at least log 2 on every image.
        Outcome torn = train(learner(), Blobs.mislabelled(), plan.withTeacher(new TrainingPlan.Teacher(teacher, new Distillation(0.5, 1))));
        assertThat(torn.epochs().get(7).loss()).isGreaterThan(0.9 * Math.log(2));
    }

    private static double accuracy(Outcome outcome) {
        return outcome.epochs().get(outcome.epochs().size() - 1).validation().accuracy();
    }

    @Test
    void theMetricsOfTheLastEpochAreThoseOfTheNetworkGiven() {
        Dataset dataset = Blobs.balanced();
        Outcome outcome = train(learner(), dataset, Setting.ADAM.plan(learner()));
        try (Program program = new Dl4jEngine().compile(outcome.network(), Wanted.PREDICTIONS)) {
            Metrics measured = Evaluation.of(program, outcome.network(), dataset.validation(), 7, done -> {});
            assertThat(measured.accuracy()).isEqualTo(outcome.epochs().get(5).validation().accuracy());
            assertThat(measured.loss()).isCloseTo(outcome.epochs().get(5).validation().loss(), within(1e-5));
        }
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        Outcome first = train(decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed()));
        Outcome second = train(decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed()));
        assertThat(second.network().digest()).isEqualTo(first.network().digest());
        assertThat(second.importance()).hasSameSizeAs(first.importance()).hasSize(3);
        first.importance().forEach((layer, sums) -> assertThat(second.importance().get(layer)).isEqualTo(sums));
        Outcome other = new Trainer(new Dl4jEngine(), NOBODY)
                .train(decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed()), new Random(Networks.SEED + 1));
        assertThat(other.network().digest()).isNotEqualTo(first.network().digest());
    }

    @Test
    void theSameSeedGivesTheSameBitsWithDropoutWhateverWasDrawnBefore() {
        Network network = Decomposition.decompose(Networks.vgg());
        Nd4j.getRandom().setSeed(1);
        Outcome first = train(network, Blobs.balanced(), Setting.ADAM.plan(network));
        Nd4j.getRandom().setSeed(2);
        Outcome second = train(network, Blobs.balanced(), Setting.ADAM.plan(network));
        assertThat(second.network().digest()).isEqualTo(first.network().digest());
    }

    @Test
    void importanceIsTheSumOverStepsOfFactorTimesGradientSquared() {
        RecordingEngine engine = new RecordingEngine(0.02, 0);
        Outcome outcome = train(engine, decomposed(), Blobs.balanced(), Setting.ADAM.descending(0.02, 2, 0).plan(decomposed()));
        assertImportance(outcome, engine.importance());
        assertDescended(outcome, engine.descended());
    }

    @Test
    void thePenaltyPullsFactorsTowardsZeroAndIsNotInTheImportance() {
        double rate = 0.02;
        RecordingEngine engine = new RecordingEngine(rate, 0.5);
        Outcome free = train(decomposed(), Blobs.balanced(), Setting.ADAM.descending(rate, 3, 0).plan(decomposed()));
        Outcome pulled = train(engine, decomposed(), Blobs.balanced(), Setting.ADAM.descending(rate, 3, 0.5).plan(decomposed()));
        assertImportance(pulled, engine.importance());
        assertDescended(pulled, engine.descended());
        for (ParameterKey key : factors(decomposed())) {
            assertThat(sizeOf(pulled, key)).isLessThan(sizeOf(free, key));
        }
    }

    private static double sizeOf(Outcome outcome, ParameterKey key) {
        return outcome.network().node(key.layer()).parameter(key.parameter()).norm1Number().doubleValue();
    }

    private static void assertImportance(Outcome outcome, Map<String, double[]> expected) {
        assertThat(outcome.importance().keySet()).isEqualTo(expected.keySet()).isNotEmpty();
        expected.forEach((layer, sums) -> {
            double largest = Nd4j.createFromArray(sums).amaxNumber().doubleValue();
            assertThat(largest).isPositive();
            assertThat(outcome.importance().get(layer)).containsExactly(sums, within(1e-9 * largest));
        });
    }

    private static void assertDescended(Outcome outcome, Map<ParameterKey, double[]> expected) {
        assertThat(expected).isNotEmpty();
        expected.forEach((key, values) -> assertThat(bits(outcome.network().node(key.layer()).parameter(key.parameter())))
                .as("%s", key).usingComparatorWithPrecision(1e-4f).containsExactly(floats(values)));
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static float[] bits(INDArray values) {
        return values.dup('c').data().asFloat();
    }

    @Test
    void whatDoesNotTrainKeepsItsBits() {
        Network network = decomposed();
        TrainingPlan plan = Setting.ADAM.plan(network);
        Network trained = train(network, Blobs.balanced(), plan).network();
        for (Node node : network.nodes()) {
            node.parameters().forEach((key, value) -> {
                boolean trains = plan.learningRates().containsKey(new ParameterKey(node.name(), key));
                float[] after = bits(trained.node(node.name()).parameter(key));
                if (trains) {
                    assertThat(after).as("%s of %s", key, node.name()).isNotEqualTo(bits(value));
                } else {
                    assertThat(after).as("%s of %s", key, node.name()).isEqualTo(bits(value));
                }
            });
        }
        assertThat(trained.node("norm2").parameters().keySet()).contains("mean", "gamma");
    }

    @Test
    void theStatisticsOfAHeadsBatchNormMove() {
        Dataset dataset = Blobs.balanced();
        Network network = Heads.replace(Networks.pooled(), dataset.classes(), new Random(Networks.SEED));
        Map<ParameterKey, Double> rates = new HashMap<>();
        for (String name : Heads.nodes(network)) {
            network.node(name).parameters().keySet().stream()
                    .filter(key -> Set.of("W", "b", "gamma", "beta").contains(key))
                    .forEach(key -> rates.put(new ParameterKey(name, key), 0.01));
        }
        Network trained = train(network, dataset, Setting.ADAM.plan(network, rates)).network();
        Node norm = trained.node("head-norm");
        norm.parameters().forEach((key, value) ->
                assertThat(bits(value)).as(key).isNotEqualTo(bits(network.node("head-norm").parameter(key))));
        assertThat(norm.parameters().keySet()).contains("mean", "gamma", "beta").hasSize(4);
        assertThat(bits(trained.node("b").parameter("W"))).isEqualTo(bits(network.node("b").parameter("W")));
    }

    @Test
    void classWeightsRaiseTheRecallOfARareClass() {
        Network network = learner();
        Outcome plain = train(network, Blobs.rare(), Setting.ADAM.plan(network));
        Outcome weighted = train(network, Blobs.rare(), Setting.ADAM.weights(1.0, 1.0, 1.0, 1.0, 20.0).plan(network));
        assertThat(recallOfRare(weighted)).isGreaterThan(recallOfRare(plain) + 0.2);
    }

    private static double recallOfRare(Outcome outcome) {
        return outcome.epochs().get(outcome.epochs().size() - 1).validation().recall().get(Networks.CLASSES - 1);
    }

    @Test
    void factorsThatMayNotBeNegativeStopAtZero() {
        Network network = ChannelScalings.insert(Networks.chain());
        Map<ParameterKey, Double> rates = new HashMap<>();
        ChannelScalings.scalings(network).forEach(node -> rates.put(new ParameterKey(node.name(), ChannelScaling.FACTORS), 0.2));
        for (boolean clipped : new boolean[] {true, false}) {
            TrainingPlan plan = new TrainingPlan(rates, rates.keySet(), clipped ? rates.keySet() : Set.of(), 4, BATCH, Updater.ADAM,
                    Schedule.CONSTANT, 1, Augment.NONE, List.of(), 0);
            double least = ChannelScalings.factors(train(network, Blobs.balanced(), plan).network()).values().stream()
                    .flatMapToDouble(Arrays::stream).min().orElseThrow();
            assertThat(least == 0).as("clipped: %s, least %s", clipped, least).isEqualTo(clipped);
        }
    }

    /** Four steps an epoch; the validation loss is lowest after the second epoch. */
    @Test
    void patienceStopsAndGivesTheBestEpochsParameters() {
        float[] confidence = {0.5f, 0.6f, 0.8f, 0.7f, 0.75f, 0.7f, 0.9f};
        Engine engine = new ScriptedEngine(step -> 1, (steps, image) -> certain(label(image), confidence[steps / 4]));
        Setting patient = new Setting(Updater.SGD, Schedule.CONSTANT, 0.5, 6, 0, List.of(), 2);
        Outcome outcome = train(engine, decomposed(), Blobs.balanced(), patient.plan(decomposed()));
        assertThat(outcome.epochs()).hasSize(4);
        assertMovedBy(outcome, 2 * 4 * 0.5f);
        Setting impatient = new Setting(Updater.SGD, Schedule.CONSTANT, 0.5, 6, 0, List.of(), 0);
        Outcome last = train(engine, decomposed(), Blobs.balanced(), impatient.plan(decomposed()));
        assertThat(last.epochs()).hasSize(6);
        assertMovedBy(last, 6 * 4 * 0.5f);
    }

    private static void assertMovedBy(Outcome outcome, float distance) {
        INDArray before = decomposed().node("conv1").parameter("v");
        INDArray after = outcome.network().node("conv1").parameter("v");
        assertThat(bits(before.sub(after))).usingComparatorWithPrecision(1e-4f).containsOnly(distance);
    }

    @Test
    void theCosineFallsFromItsInitialValueToZero() {
        Cosine cosine = new Cosine(0.4, 8);
        assertThat(cosine.valueAt(0, 0)).isEqualTo(0.4);
        assertThat(cosine.valueAt(2, 0)).isCloseTo(0.2 * (1 + Math.sqrt(0.5)), within(1e-12));
        assertThat(cosine.valueAt(4, 3)).isCloseTo(0.2, within(1e-12));
        assertThat(cosine.valueAt(6, 0)).isCloseTo(0.2 * (1 - Math.sqrt(0.5)), within(1e-12));
        assertThat(cosine.valueAt(8, 0)).isCloseTo(0, within(1e-12));
        assertThat(cosine.valueAt(20, 0)).isCloseTo(0, within(1e-12));
    }

    /** Five epochs of four steps. */
    @Test
    void theLearningRatesOfTheEpochsAreThoseOfTheSchedule() {
        Engine engine = new ScriptedEngine(step -> 1, (steps, image) -> certain(0, 0.2f));
        Map<Schedule, List<Double>> expected = new TreeMap<>(Map.of(
                Schedule.CONSTANT, List.of(0.4, 0.4, 0.4, 0.4, 0.4),
                Schedule.STEP, List.of(0.4, 0.4, 0.04, 0.004, 0.004),
                Schedule.COSINE, List.of(cosine(0.2), cosine(0.4), cosine(0.6), cosine(0.8), 0.0)));
        expected.forEach((schedule, rates) -> {
            Setting setting = new Setting(Updater.SGD, schedule, 0.4, 5, 0, List.of(), 0);
            List<Double> seen = train(engine, decomposed(), Blobs.balanced(), setting.plan(decomposed())).epochs().stream()
                    .map(Epoch::learningRate).toList();
            for (int i = 0; i < 5; i++) {
                assertThat(seen.get(i)).as("%s after epoch %d", schedule, i + 1).isCloseTo(rates.get(i), within(1e-12));
            }
        });
    }

    /** Five epochs of four steps, so two cycles of ten. */
    @Test
    void theLearningRateBeginsAnewWithEachCycle() {
        Engine engine = new ScriptedEngine(step -> 1, (steps, image) -> certain(0, 0.2f));
        TrainingPlan plan = new Setting(Updater.SGD, Schedule.COSINE, 0.4, 5, 0, List.of(), 0).plan(decomposed()).inCycles(2);
        List<Double> seen = train(engine, decomposed(), Blobs.balanced(), plan).epochs().stream().map(Epoch::learningRate).toList();
        double[] expected = {cosine(0.4), cosine(0.8), cosine(0.2), cosine(0.6), 0.0};
        for (int i = 0; i < 5; i++) {
            assertThat(seen.get(i)).as("after epoch %d", i + 1).isCloseTo(expected[i], within(1e-12));
        }
    }

    private static double cosine(double done) {
        return 0.2 * (1 + Math.cos(Math.PI * done));
    }

    @Test
    void whateverTheListenerThrowsEndsTheTraining() {
        List<Integer> steps = new ArrayList<>();
        Trainer trainer = new Trainer(new Dl4jEngine(), new Trainer.TrainingListener() {
            @Override
            public void step(int epoch, int epochs, int imagesDone, int images, double loss) {
                steps.add(imagesDone);
                if (steps.size() == 2) {
                    throw new IllegalStateException("enough");
                }
            }

            @Override
            public void epoch(Epoch epoch) {}
        });
        assertThatThrownBy(() -> trainer.train(decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed()), new Random(1)))
                .hasMessage("enough");
        assertThat(steps).containsExactly(16, 32);
    }
}
