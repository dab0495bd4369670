package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.ForwardingProgram;
import io.espalier.api.Candidate;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingPlan;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a network came to is worked out once, whichever stage asks for it. */
class RepeatedWorkTest {

    private static final int EPOCHS = 3;

    private final CountingEngine engine = new CountingEngine();
    private final Bench context = new Bench(engine);
    private final Candidate loaded = Bench.candidate();
    private final int images = loaded.dataset().validation().size();
    private final Candidate decomposed = new Decompose().apply(
            loaded, new Decompose.Options(Decompose.Method.BASIS, Decompose.Basis.KERNEL, Optional.empty(), Optional.empty(), Decompose.BatchNorm.FOLD), context);

    private static Candidate trained(Candidate candidate, int epochs, double rate, Bench context) {
        return new TrainScalings().apply(candidate, new TrainScalings.Options(
                epochs, 10, rate, rate, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM,
                TrainingPlan.Schedule.COSINE, 1, 0, Augment.NONE, TrainingRun.ClassWeights.NONE, 0, "", Optional.empty(), Optional.empty()), context);
    }

    private static Candidate evaluated(Candidate candidate, Dataset.Part part, String name, int batch, Bench context) {
        return new Evaluate().apply(candidate, new Evaluate.Options(part, Optional.of(name), Optional.empty(), batch), context);
    }

    @Test
    void aTrainingPredictsTheValidationImagesOnceAnEpochAndTheEvaluationAfterItNotAtAll() {
        // A network at chance would be measured before its training too.
        Candidate taught = trained(decomposed, 15, 0.05, new Bench());
        Candidate trained = trained(taught, EPOCHS, 0.001, context);
        assertThat(engine.compiled).isEqualTo(2);
        assertThat(engine.predicted).isEqualTo(EPOCHS * images);

        Candidate evaluated = evaluated(trained, Dataset.Part.VALIDATION, "scaled", 100, context);
        Candidate again = evaluated(evaluated, Dataset.Part.VALIDATION, "validation", 100, context);
        assertThat(engine.compiled).isEqualTo(2);
        assertThat(engine.predicted).isEqualTo(EPOCHS * images);

        Bench knowsNothing = new Bench(new Dl4jEngine());
        assertThat(evaluated(trained, Dataset.Part.VALIDATION, "scaled", 100, knowsNothing).metrics()).isEqualTo(evaluated.metrics());
        assertThat(again.metrics()).containsAllEntriesOf(evaluated.metrics());
    }

    @Test
    void anotherNetworkOtherImagesAndOtherBatchesAreMeasured() {
        evaluated(decomposed, Dataset.Part.VALIDATION, "a", 100, context);
        evaluated(decomposed, Dataset.Part.TRAIN, "b", 100, context);
        evaluated(decomposed, Dataset.Part.VALIDATION, "c", 7, context);
        evaluated(loaded, Dataset.Part.VALIDATION, "d", 100, context);
        assertThat(engine.predicted).isEqualTo(3 * images + loaded.dataset().train().size());
    }

    @Test
    void milestonesOfTheSameNetworkAreMeasuredOnTheTestImagesOnce() {
        Candidate marked = loaded.withMilestone("at-0.5", loaded.network()).withMilestone("at-0.9", loaded.network());
        Candidate evaluated = evaluated(marked, Dataset.Part.TEST, "test", 100, context);
        assertThat(evaluated.metrics()).containsKeys("accuracy.test.loaded", "accuracy.test.at-0.5", "accuracy.test.at-0.9", "accuracy.test.pruned");
        assertThat(engine.predicted).isEqualTo(loaded.dataset().test().size());
    }

    /** Counts programs and predicted images. */
    private static final class CountingEngine implements Engine {

        private final Engine engine = new Dl4jEngine();
        private int compiled;
        private int predicted;

        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public String fingerprint() {
            return engine.fingerprint();
        }

        @Override
        public Program compile(Network network, Wanted wanted) {
            compiled++;
            Program program = engine.compile(network, wanted);
            return new ForwardingProgram(program) {
                @Override
                public INDArray predict(INDArray images) {
                    predicted += (int) images.size(0);
                    return super.predict(images);
                }
            };
        }
    }
}
