package io.espalier.engine;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** One parameter on its way through a training, with the state of its updater. */
final class ParameterUpdate {

    private final INDArray value;
    private final double norm;
    private final IUpdater configuration;
    private final ISchedule schedule;
    private final int cycles;
    private final int cycle;
    private GradientUpdater<?> updater;

    /**
     * @param total number of steps of all cycles together
     * @param cycles how many times the schedule is gone through, each time with an updater that remembers nothing
     */
    ParameterUpdate(INDArray value, TrainingPlan.Updater kind, TrainingPlan.Schedule schedule, double learningRate, int total, int cycles) {
        this.value = value;
        this.norm = value.norm2Number().doubleValue();
        this.cycles = cycles;
        this.cycle = Math.max(1, (total + cycles - 1) / cycles);
        this.schedule = schedule(schedule, learningRate, cycle);
        this.configuration = updater(kind, this.schedule);
        this.updater = fresh();
    }

    private GradientUpdater<?> fresh() {
        long state = configuration.stateSize(value.length());
        return configuration.instantiate(state == 0 ? null : Nd4j.zeros(value.dataType(), 1, state), true);
    }

    /** Steps since the cycle began; those after the last cycle belong to it. */
    private int inCycle(int iteration) {
        return iteration - cycle * Math.min(iteration / cycle, cycles - 1);
    }

    private static ISchedule schedule(TrainingPlan.Schedule kind, double rate, int total) {
        return switch (kind) {
            case COSINE -> new Cosine(rate, total);
            case CONSTANT -> new FixedSchedule(rate);
            case STEP -> new MapSchedule(ScheduleType.ITERATION, steps(rate, total));
        };
    }

    private static Map<Integer, Double> steps(double rate, int total) {
        Map<Integer, Double> values = new HashMap<>(Map.of(0, rate));
        values.put(Math.max(1, total / 2), rate / 10);
        values.put(Math.max(2, total * 3 / 4), rate / 100);
        return values;
    }

    private static IUpdater updater(TrainingPlan.Updater kind, ISchedule schedule) {
        return switch (kind) {
            case ADAM -> new Adam(schedule);
            case NESTEROVS -> new Nesterovs(schedule, Nesterovs.DEFAULT_NESTEROV_MOMENTUM);
            case SGD -> new Sgd(schedule);
        };
    }

    /** Takes one step; {@code gradient} is overwritten. */
    void apply(INDArray gradient, int iteration) {
        int step = inCycle(iteration);
        if (step == 0 && iteration > 0) {
            updater = fresh();
        }
        INDArray flat = gradient.reshape('c', 1, gradient.length());
        updater.applyUpdater(flat, step, 0);
        value.subi(flat.reshape('c', value.shape()));
    }

    /** Puts what is below 0 back to 0. */
    void clip() {
        value.assign(Transforms.max(value, 0));
    }

    /** Euclidean norm of the parameter before the training. */
    double normBefore() {
        return norm;
    }

    /** How many times as large as before the training it is. */
    double growth() {
        return value.norm2Number().doubleValue() / Math.max(norm, 1e-3);
    }

    INDArray value() {
        return value;
    }

    double learningRate(int iteration) {
        return schedule.valueAt(inCycle(iteration), 0);
    }
}
