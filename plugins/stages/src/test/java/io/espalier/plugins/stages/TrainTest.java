package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.data.Split;
import io.espalier.engine.Evaluations;
import io.espalier.engine.TrainingPlan;
import io.espalier.network.Network;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
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
        assertThat(bench.journal).anyMatch(line -> line.startsWith("teacher ") && line.contains("used=true"));
        assertThat(bench.said).anyMatch(line -> line.matches("learns from 'scaled' too \\(validation accuracy [0-9.]+ %\\)"));
    }

    @Test
    void aTeacherThatIsWorseIsLeftOutAndThatIsSaid() {
        Candidate untrained = Bench.candidate();
        Candidate trained = untrained.with(new Train().apply(untrained, options(6, ""), bench).network());
        Candidate alone = new Train().apply(trained, options(1, ""), bench);
        assertThat(new Train().apply(trained, options(1, Candidate.LOADED), bench).network().node("a").parameters())
                .isEqualTo(alone.network().node("a").parameters());
        assertThat(bench.journal).anyMatch(line -> line.startsWith("teacher ") && line.contains("used=false"));
        assertThat(bench.said).anyMatch(line -> line.matches(
                "learns from labels alone: 'loaded' gives [0-9.]+ % of the validation images right, the network itself [0-9.]+ %"));
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
                .hasMessage("teacher=professor: the pipeline has no network of that name yet; it has [loaded]; name one of these, or let an earlier"
                        + " stage:evaluate have milestone=professor");
        Candidate kept = new Evaluate().apply(Bench.candidate(), evaluated("professor"), bench);
        new Train().apply(kept, options(1, "professor"), bench);
        assertThat(bench.said).anyMatch(line -> line.startsWith("learns from 'professor' too"));
    }

    private static Evaluate.Options evaluated(String milestone) {
        return new Evaluate.Options(Dataset.Part.VALIDATION, Optional.empty(), Optional.of(milestone), 100);
    }

    @Test
    void namesThatMeanSomethingElseAreNoMilestones() {
        for (String name : List.of("loaded", "pruned", "at-0.5", "", "my network", "a/b")) {
            assertThatThrownBy(() -> evaluated(name)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("milestone=" + name + " is no name for a network");
        }
    }

    @Test
    void factorsLearnWhatTheTeacherAnswersInPlaceOfLabels() {
        Candidate trained = new Train().apply(Bench.candidate(), options(20, ""), bench);
        assertThat(right(trained.network(), trained.dataset())).isGreaterThan(0.9);
        Candidate mislabelled = Candidate.of(Bench.candidate().network(), withWrongLabels(trained.dataset()))
                .withMilestone(Candidate.SCALED, trained.network());
        Candidate factors = new InsertScalings().apply(mislabelled, new NoOptions(), bench);
        assertThat(rightAfter(factors, scalings("", Optional.empty()))).isLessThan(0.3);
        assertThat(rightAfter(factors, scalings(Candidate.SCALED, Optional.of(1.0)))).isGreaterThan(0.9);
    }

    private double rightAfter(Candidate candidate, TrainScalings.Options options) {
        return right(new TrainScalings().apply(candidate, options, bench).network(), candidate.dataset());
    }

    private double right(Network network, Dataset dataset) {
        return bench.evaluations().of(network, dataset, Dataset.Part.VALIDATION, Evaluations.BATCH, done -> {}).accuracy();
    }

    private static TrainScalings.Options scalings(String teacher, Optional<Double> share) {
        return new TrainScalings.Options(
                20, 8, 0.1, 0.05, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, 1, 0,
                Augment.NONE, TrainingRun.ClassWeights.NONE, 0, teacher, share, Optional.empty());
    }

    /** Of two classes, each training image has the other one's. */
    private static Dataset withWrongLabels(Dataset dataset) {
        Split right = dataset.train();
        Split wrong = new Split(
                right.shape(), IntStream.range(0, right.size()).mapToObj(right::image).toList(),
                Arrays.stream(right.labels()).map(label -> 1 - label).toArray());
        return Dataset.of("mislabelled", dataset.classes(), wrong, dataset.validation(), dataset.test(), "");
    }
}
