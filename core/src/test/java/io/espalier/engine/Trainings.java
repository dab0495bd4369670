package io.espalier.engine;

import io.espalier.Networks;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.engine.Trainer.Epoch;
import io.espalier.engine.Trainer.Outcome;
import io.espalier.engine.TrainingPlan.Schedule;
import io.espalier.engine.TrainingPlan.Updater;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** What tests train, and how. */
final class Trainings {

    static final int BATCH = 16;

    static final Trainer.TrainingListener NOBODY = new Trainer.TrainingListener() {
        @Override
        public void step(int epoch, int epochs, int imagesDone, int images, double loss) {}

        @Override
        public void epoch(Epoch epoch) {}
    };

    private Trainings() {}

    static Network decomposed() {
        return Decomposition.decompose(Networks.chain());
    }

    static Set<ParameterKey> factors(Network network) {
        return Decomposition.scalings(network).stream()
                .map(n -> new ParameterKey(n.name(), BasisScalingConvolution.FACTORS)).collect(Collectors.toSet());
    }

    static Set<ParameterKey> dense(Network network) {
        return network.nodes().stream()
                .filter(n -> n.kind().equals("DenseLayer") || n.kind().equals("OutputLayer"))
                .flatMap(n -> n.parameters().keySet().stream().map(key -> new ParameterKey(n.name(), key)))
                .collect(Collectors.toSet());
    }

    /** What trains, and how; the rest as in most tests. */
    record Setting(
            Updater updater, Schedule schedule, double learningRate, int epochs, double penalty, List<Double> classWeights, int patience) {

        static final Setting ADAM = new Setting(Updater.ADAM, Schedule.COSINE, 0.01, 6, 0, List.of(), 0);

        Setting descending(double rate, int number, double l1) {
            return new Setting(Updater.SGD, Schedule.CONSTANT, rate, number, l1, classWeights, patience);
        }

        Setting weights(Double... weights) {
            return new Setting(updater, schedule, learningRate, epochs, penalty, List.of(weights), patience);
        }

        TrainingPlan plan(Network network) {
            Map<ParameterKey, Double> rates = new HashMap<>();
            factors(network).forEach(key -> rates.put(key, learningRate));
            dense(network).forEach(key -> rates.put(key, learningRate));
            return plan(network, rates);
        }

        TrainingPlan plan(Network network, Map<ParameterKey, Double> rates) {
            Set<ParameterKey> trained = factors(network).stream().filter(rates::containsKey).collect(Collectors.toSet());
            return new TrainingPlan(rates, trained, epochs, BATCH, updater, schedule, penalty, Augment.NONE, classWeights, patience);
        }
    }

    static Outcome train(Network network, Dataset dataset, TrainingPlan plan) {
        return train(new Dl4jEngine(), network, dataset, plan);
    }

    static Outcome train(Engine engine, Network network, Dataset dataset, TrainingPlan plan) {
        return new Trainer(engine, NOBODY).train(network, dataset, plan, new Random(Networks.SEED));
    }

    /** Label of a validation image, of which there are eight a class, in order. */
    static int label(int image) {
        return image / 8;
    }

    /** Equal probabilities but for one class. */
    static float[] certain(int label, float probability) {
        float[] probabilities = new float[Networks.CLASSES];
        Arrays.fill(probabilities, (1 - probability) / (Networks.CLASSES - 1));
        probabilities[label] = probability;
        return probabilities;
    }
}
