package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ParameterUpdateTest {

    private static final int STEPS = 3;

    @ParameterizedTest
    @EnumSource
    void cyclesAreTrainingsOneAfterTheOther(TrainingPlan.Updater updater) {
        Random random = new Random(3);
        float[][] gradients = IntStream.range(0, 2 * STEPS)
                .mapToObj(step -> new float[] {random.nextFloat(), random.nextFloat() - 1})
                .toArray(float[][]::new);
        ParameterUpdate inCycles = update(Nd4j.createFromArray(1f, 2f), updater, 2 * STEPS, 2);
        for (int i = 0; i < 2 * STEPS; i++) {
            inCycles.apply(Nd4j.createFromArray(gradients[i]), i);
        }
        INDArray value = Nd4j.createFromArray(1f, 2f);
        for (int training = 0; training < 2; training++) {
            ParameterUpdate alone = update(value, updater, STEPS, 1);
            for (int i = 0; i < STEPS; i++) {
                alone.apply(Nd4j.createFromArray(gradients[training * STEPS + i]), i);
            }
            value = alone.value();
        }
        assertThat(inCycles.value()).isEqualTo(value);
    }

    private static ParameterUpdate update(INDArray value, TrainingPlan.Updater updater, int steps, int cycles) {
        return new ParameterUpdate(value, updater, TrainingPlan.Schedule.COSINE, 0.1, steps, cycles);
    }
}
