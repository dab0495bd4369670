package io.espalier.engine;

import io.espalier.data.Augment;
import io.espalier.network.Network;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What trains, and how.
 *
 * @param learningRates of every parameter that trains, at the first step
 * @param factors those of them that are scaling factors: their importance is summed, and the penalty is on them
 * @param notNegative those of the factors that are put back to 0 after each step that takes them below
 * @param epochs passes over the training images, at least 0
 * @param batch images a step, at least 1
 * @param updater how gradients become steps
 * @param schedule how learning rates change
 * @param cycles how many times the schedule is gone through from the first rate on, at least 1, in cycles of equally many steps
 *     (warm restarts; Loshchilov, Hutter, "SGDR", 2017; here the updater, too, begins anew)
 * @param penalty factor of the L1 norm of the scaling factors in the loss, at least 0
 * @param augment how training images are varied
 * @param classWeights weight of each class in the loss, or empty for 1 each
 * @param patience epochs without a better validation loss after which training stops with the best; 0 to train all epochs
 *     and take the last
 * @param teacher whose answers are learned beside the labels, if there is one
 */
public record TrainingPlan(
        Map<ParameterKey, Double> learningRates,
        Set<ParameterKey> factors,
        Set<ParameterKey> notNegative,
        int epochs,
        int batch,
        Updater updater,
        Schedule schedule,
        int cycles,
        double penalty,
        Augment augment,
        List<Double> classWeights,
        int patience,
        Optional<Teacher> teacher) {

    public TrainingPlan {
        learningRates = Map.copyOf(learningRates);
        factors = Set.copyOf(factors);
        notNegative = Set.copyOf(notNegative);
        classWeights = List.copyOf(classWeights);
        if (cycles < 1) {
            throw new IllegalArgumentException("cycles=" + cycles + " is out of range: cycles >= 1");
        }
    }

    /** The same from labels alone, in one cycle. */
    public TrainingPlan(
            Map<ParameterKey, Double> learningRates, Set<ParameterKey> factors, Set<ParameterKey> notNegative, int epochs, int batch,
            Updater updater, Schedule schedule, double penalty, Augment augment, List<Double> classWeights, int patience) {
        this(learningRates, factors, notNegative, epochs, batch, updater, schedule, 1, penalty, augment, classWeights, patience, Optional.empty());
    }

    /** The same where every factor may have either sign. */
    public TrainingPlan(
            Map<ParameterKey, Double> learningRates, Set<ParameterKey> factors, int epochs, int batch, Updater updater, Schedule schedule,
            double penalty, Augment augment, List<Double> classWeights, int patience) {
        this(learningRates, factors, Set.of(), epochs, batch, updater, schedule, penalty, augment, classWeights, patience);
    }

    /** The same with a teacher. */
    public TrainingPlan withTeacher(Teacher other) {
        return new TrainingPlan(
                learningRates, factors, notNegative, epochs, batch, updater, schedule, cycles, penalty, augment, classWeights, patience,
                Optional.of(other));
    }

    /** The same in so many cycles. */
    public TrainingPlan inCycles(int number) {
        return new TrainingPlan(
                learningRates, factors, notNegative, epochs, batch, updater, schedule, number, penalty, augment, classWeights, patience, teacher);
    }

    /**
     * A network whose answers for the same varied images are learned.
     *
     * @param network of the same classes, which takes the same images
     * @param loss how much its answers count
     */
    public record Teacher(Network network, Distillation loss) {}

    /** How gradients become steps. */
    public enum Updater {
        ADAM,
        /** Stochastic gradient descent with Nesterov's momentum of 0.9. */
        NESTEROVS,
        SGD
    }

    /** How learning rates change in the course of one training. */
    public enum Schedule {
        /** From the first value to zero along half a cosine. */
        COSINE,
        CONSTANT,
        /** A tenth after half of the steps, a hundredth after three quarters. */
        STEP
    }
}
