package io.espalier.engine;

import io.espalier.network.Network;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An engine that computes nothing: it says what its script says.
 *
 * @param losses training loss of a step, by the number of steps before it
 * @param predictions probabilities of an image, [classes]
 */
record ScriptedEngine(IntToDoubleFunction losses, Predictions predictions, Progress progress) implements Engine {

    ScriptedEngine(IntToDoubleFunction losses, Predictions predictions) {
        this(losses, predictions, new Progress());
    }

    /** How far the last training is: what is compiled to predict alone is the network before it or as it is by now. */
    static final class Progress {

        private String before = "";
        private int steps;
    }

    /** What is predicted. */
    interface Predictions {

        /** Probabilities of the image of that index in its batch, after so many steps. */
        float[] of(int steps, int image);
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public String fingerprint() {
        return "scripted";
    }

    @Override
    public Program compile(Network network, Wanted wanted) {
        return new Scripted(network, wanted);
    }

    /** Every gradient is 1 everywhere. */
    private final class Scripted implements Program {

        private final Map<ParameterKey, INDArray> values = new HashMap<>();
        private final Wanted wanted;
        private final boolean untrained;

        Scripted(Network network, Wanted wanted) {
            this.wanted = wanted;
            if (!wanted.gradients().isEmpty()) {
                progress.before = network.digest();
                progress.steps = 0;
            }
            this.untrained = network.digest().equals(progress.before);
            network.nodes().forEach(node -> node.parameters().forEach(
                    (key, value) -> values.put(new ParameterKey(node.name(), key), value.dup('c'))));
        }

        @Override
        public INDArray predict(INDArray images) {
            float[][] rows = new float[(int) images.size(0)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = predictions.of(wanted.gradients().isEmpty() && untrained ? 0 : progress.steps, i);
            }
            return Nd4j.createFromArray(rows);
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            throw new UnsupportedOperationException("the script has no feature maps");
        }

        @Override
        public Step step(INDArray images, INDArray labels) {
            Map<ParameterKey, INDArray> gradients = new HashMap<>();
            wanted.gradients().forEach(key -> gradients.put(key, Nd4j.onesLike(values.get(key))));
            return new Step(losses.applyAsDouble(progress.steps++), gradients);
        }

        @Override
        public INDArray get(ParameterKey parameter) {
            return values.get(parameter).dup('c');
        }

        @Override
        public void set(ParameterKey parameter, INDArray value) {
            values.put(parameter, value.dup('c'));
        }

        @Override
        public void close() {
            values.clear();
        }
    }
}
