package io.espalier.engine;

import static io.espalier.engine.Trainings.certain;
import static io.espalier.engine.Trainings.decomposed;
import static io.espalier.engine.Trainings.label;
import static io.espalier.engine.Trainings.train;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Blobs;
import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.engine.TrainingPlan.Schedule;
import io.espalier.engine.TrainingPlan.Updater;
import io.espalier.engine.Trainings.Setting;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;

/** Which trainings are stopped as diverged, and which are not. */
class TrainerDivergenceTest {

    /** Deep enough for factors of a million in every layer to leave the range of float32. */
    private static Network deep() {
        var builder = Networks.builder();
        String below = "in";
        for (int i = 1; i <= 8; i++) {
            builder.addLayer("conv" + i, Networks.convolution(i == 1 ? 3 : 4, 4, 3, 1, Activation.RELU), below);
            below = "conv" + i;
        }
        return Decomposition.decompose(Networks.network(builder.addLayer("out", Networks.output(), below), new ImageShape(3, 8, 8)));
    }

    @ParameterizedTest
    @EnumSource(Updater.class)
    void aTrainingThatDivergesIsStoppedByNameOfTheLearningRate(Updater updater) {
        Setting setting = new Setting(updater, Schedule.CONSTANT, 1e6, 3, 0, List.of(), 0);
        assertThatThrownBy(() -> train(deep(), Blobs.balanced(), setting.plan(deep())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContainingAll("training diverged: the loss is NaN at step", "epoch 1",
                        "Lower the learning rate (now 1000000.0 with " + updater.name().toLowerCase(Locale.ROOT) + ")");
    }

    @Test
    void whereItDivergedIsNamedAndThatNoBatchNormHelped() {
        Network network = Decomposition.fold(deep());
        Map<ParameterKey, Double> rates = new HashMap<>();
        network.nodes().forEach(node -> node.parameters().keySet().forEach(key -> rates.put(new ParameterKey(node.name(), key), 1e4)));
        Setting setting = new Setting(Updater.SGD, Schedule.CONSTANT, 1e4, 3, 0, List.of(), 0);
        assertThatThrownBy(() -> train(network, Blobs.balanced(), setting.plan(network, rates)))
                .isInstanceOf(TrainingException.class)
                .hasMessageMatching("training diverged: .* of layer '(conv\\d|out)' grew most, from a norm of \\S+ to \\S+\\. Lower .*")
                .hasMessageContaining("8 convolutions train and no batch norm keeps what they give in range")
                .hasMessageContaining("decompose?batchNorm=frozen");
    }

    @Test
    void aLossThatIsNoNumberIsStoppedAtItsStep() {
        Engine engine = new ScriptedEngine(step -> step == 5 ? Double.NaN : 1, (steps, image) -> certain(0, 0.2f));
        assertThatThrownBy(() -> train(engine, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContainingAll("the loss is NaN at step 6, epoch 2", "learning rate (now 0.01 with adam)");
    }

    @Test
    void aFallToChanceIsStopped() {
        Engine falling = new ScriptedEngine(step -> 1.7, (steps, image) -> certain(steps < 8 ? label(image) : 0, 0.6f));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContainingAll("validation accuracy fell from 100.0 % to 20.0 % in epoch 2", "learning rate (now 0.01 with adam)");
    }

    @Test
    void aFallToChanceInTheFirstEpochIsToldFromTheNetworkBeforeIt() {
        Engine falling = new ScriptedEngine(step -> 1.7, (steps, image) -> certain(steps == 0 ? label(image) : 0, 0.6f));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("validation accuracy fell from 100.0 % to 20.0 % in epoch 1");
    }

    /** As where a batch norm's running statistics come after kernels that train fast. */
    @Test
    void whileTheStepsTellTheTrainingImagesApartNothingHasFallen() {
        Engine lagging = new ScriptedEngine(step -> 0.9, (steps, image) -> certain(steps == 4 ? 0 : label(image), 0.6f));
        assertThat(train(lagging, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())).epochs())
                .extracting(epoch -> epoch.validation().accuracy())
                .containsExactly(0.2, 1.0, 1.0, 1.0, 1.0, 1.0);
    }

    /** Who guesses loses ln 5 = 1.61 an image, and this network not much less: 1.20 before, and 1.35 while it trains. */
    @Test
    void aNetworkThatWasHardlyBetterThanGuessingHasNotFallenWhileItsLossStays() {
        Engine weak = new ScriptedEngine(step -> 1.35, (steps, image) -> certain(steps == 4 ? 0 : weakly(image), 0.35f));
        assertThat(train(weak, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())).epochs()).hasSize(6);
        Engine falling = new ScriptedEngine(step -> 1.55, (steps, image) -> certain(steps == 4 ? 0 : weakly(image), 0.35f));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("in epoch 1");
    }

    /** The right label for four images of five. */
    private static int weakly(int image) {
        return image % 5 == 0 ? (label(image) + 1) % 5 : label(image);
    }

    /** A loss that was low until the last quarter of the epoch is no sign of learning. */
    @Test
    void theEndOfAnEpochDecides() {
        Engine falling = new ScriptedEngine(step -> step % 4 == 3 ? 1.7 : 0.1, (steps, image) -> certain(steps < 8 ? label(image) : 0, 0.6f));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("in epoch 2");
    }

    /** The loss with a teacher is another one, by which guessing is not known. */
    @Test
    void withATeacherValidationAloneDecides() {
        Engine falling = new ScriptedEngine(step -> 0.1, (steps, image) -> certain(steps < 8 ? label(image) : 0, 0.6f));
        TrainingPlan taught = Setting.ADAM.plan(decomposed()).withTeacher(new TrainingPlan.Teacher(decomposed(), new Distillation(0.5, 4)));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.balanced(), taught))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("in epoch 2");
    }

    @Test
    void whatFewImagesGaveByLuckHasNotFallen() {
        // 14 of the 40 images told right, where always saying one class gives 8.
        Engine lucky = new ScriptedEngine(step -> 1, (steps, image) -> certain(steps == 0 && image < 14 ? label(image) : 0, 0.6f));
        assertThat(train(lucky, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())).epochs()).hasSize(6);
    }

    @Test
    void whatTellsRareClassesApartHasNotFallen() {
        // 8 of the 24 images of the frequent class are told right and all 16 others: no more than always saying the frequent one gives.
        Engine fair = new ScriptedEngine(step -> 1, (steps, image) -> certain(
                image >= 24 ? 1 + (image - 24) / 4 : steps > 0 && image >= 8 ? 1 : 0, 0.6f));
        assertThat(train(fair, decomposed(), Blobs.frequent(), Setting.ADAM.plan(decomposed())).epochs()).hasSize(6);
    }

    /** Who knows how frequent the classes are loses 1.23 an image, and not ln 5 = 1.61: a loss of 1 is no sign of learning. */
    @Test
    void aFallToTheFrequentClassIsStopped() {
        Engine falling = new ScriptedEngine(
                step -> 1, (steps, image) -> certain(steps > 8 || image < 24 ? 0 : 1 + (image - 24) / 4, 0.6f));
        assertThatThrownBy(() -> train(falling, decomposed(), Blobs.frequent(), Setting.ADAM.plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("validation accuracy fell from 100.0 % to 60.0 %");
    }

    @Test
    void whatWasAtChanceFromTheBeginningHasNotFallen() {
        Engine level = new ScriptedEngine(step -> 1, (steps, image) -> certain(0, 0.6f));
        assertThat(train(level, decomposed(), Blobs.balanced(), Setting.ADAM.plan(decomposed())).epochs()).hasSize(6);
    }

    @Test
    void predictionsThatAreNoNumbersAfterTheLastStepAreNoTrainedNetwork() {
        Engine engine = new ScriptedEngine(step -> 1, (steps, image) -> certain(0, steps == 0 ? 0.2f : Float.NaN));
        assertThatThrownBy(() -> train(engine, decomposed(), Blobs.balanced(), Setting.ADAM.descending(0.1, 1, 0).plan(decomposed())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContainingAll("the validation loss is NaN after epoch 1", "learning rate (now 0.1 with sgd)");
    }
}
