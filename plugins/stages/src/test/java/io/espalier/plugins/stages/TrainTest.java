package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.data.Augment;
import io.espalier.engine.TrainingPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainTest {

    private final Bench bench = new Bench();

    private static Train.Options options(int epochs, String teacher) {
        return options(epochs, teacher, Optional.empty(), Optional.empty());
    }

    private static Train.Options options(int epochs, String teacher, Optional<Double> share, Optional<Double> temperature) {
        return new Train.Options(
                List.of("all"), epochs, 8, 0.02, TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, Augment.NONE,
                TrainingRun.ClassWeights.NONE, 0, teacher, share, temperature);
    }

    @Test
    void aTeacherIsNamedAndItsAccuracySaid() {
        Candidate untrained = Bench.candidate();
        Candidate trained = new Train().apply(untrained, options(6, ""), bench);
        Candidate again = untrained.withMilestone(Candidate.SCALED, trained.network());
        new Train().apply(again, options(1, Candidate.SCALED), bench);
        assertThat(bench.said).anyMatch(line -> line.matches("learns from 'scaled' too \\(validation accuracy [0-9.]+ %\\)"));
    }

    @Test
    void aTeacherThatIsNoBetterIsRefused() {
        assertThatThrownBy(() -> new Train().apply(Bench.candidate(), options(1, Candidate.LOADED), bench))
                .isInstanceOf(InputException.class)
                .hasMessageMatching("teacher=loaded has nothing to teach: it gives [0-9.]+ % of the validation images right, the network itself [0-9.]+ %; .*");
    }

    @Test
    void aShareOrATemperatureWithoutATeacherIsRefused() {
        assertThatThrownBy(() -> options(1, "", Optional.of(0.9), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("teacherShare=0.9 is of no use without a teacher; give teacher= too, or leave it out");
        assertThatThrownBy(() -> options(1, "", Optional.empty(), Optional.of(4.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("teacherTemperature=4.0 is of no use without a teacher; give teacher= too, or leave it out");
    }

    @Test
    void aHeadThatNothingHasTrainedTeachesNothing() {
        Candidate headed = Bench.candidate().withStep(new Candidate.Step("load", Map.of("head", "new")));
        assertThatThrownBy(() -> new Train().apply(headed, options(1, Candidate.LOADED), bench))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("teacher=loaded has a new head that nothing has trained");
    }

    @Test
    void aTeacherThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> new Train().apply(Bench.candidate(), options(1, "professor"), bench))
                .isInstanceOf(InputException.class)
                .hasMessage("teacher=professor: the pipeline has no network of that name yet; it has [loaded]");
    }
}
