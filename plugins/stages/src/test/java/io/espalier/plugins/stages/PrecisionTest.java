package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.espalier.api.Candidate;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.engine.TrainingPlan;
import io.espalier.engine.onednn.OneDnnEngine;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stages with convolutions in bf16. */
class PrecisionTest {

    @BeforeEach
    void aProcessorWithBf16() {
        assumeThat(OneDnnEngine.whyNoBf16()).as("why not bf16").isEmpty();
    }

    private static Candidate trained(Engine engine) {
        Bench context = new Bench(engine);
        Candidate decomposed = new Decompose().apply(
                Bench.candidate(), new Decompose.Options(Decompose.Method.BASIS, Decompose.Basis.KERNEL, Optional.empty(), Optional.empty(), Decompose.BatchNorm.FOLD), context);
        return new TrainScalings().apply(decomposed, new TrainScalings.Options(
                15, 10, 0.05, 0.05, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM,
                TrainingPlan.Schedule.COSINE, 1, 0, Augment.NONE, TrainingRun.ClassWeights.NONE, 0, "", Optional.empty(), Optional.empty()), context);
    }

    private static Candidate tested(Candidate candidate, Engine engine) {
        return new Evaluate().apply(candidate, new Evaluate.Options(Dataset.Part.TEST, Optional.empty(), Optional.empty(), 100), new Bench(engine));
    }

    @Test
    void aTrainingInBf16ComesToTheSameAccuracyByOtherNumbers() {
        Candidate coarse = trained(new OneDnnEngine(Precision.BF16));
        Candidate exact = trained(new OneDnnEngine());
        assertThat(coarse.network().digest()).isNotEqualTo(exact.network().digest());
        double accuracy = tested(exact, new OneDnnEngine()).metrics().get("accuracy.test");
        assertThat(accuracy).isGreaterThan(0.9);
        assertThat(tested(coarse, new OneDnnEngine()).metrics().get("accuracy.test")).isGreaterThan(accuracy - 0.051);
    }

    @Test
    void theTestIsInFloat32WithTheAccuracyInBf16BesideIt() {
        Candidate trained = trained(new OneDnnEngine());
        Candidate exact = tested(trained, new OneDnnEngine());
        Candidate both = tested(trained, new OneDnnEngine(Precision.BF16));
        assertThat(both.metrics()).containsAllEntriesOf(exact.metrics())
                .containsKeys("accuracy.test.pruned.bf16", "accuracy.test.scaled.bf16", "accuracy.test.loaded.bf16");
        assertThat(exact.metrics().keySet()).noneMatch(name -> name.endsWith("bf16"));
    }
}
