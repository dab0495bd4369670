package io.espalier.engine;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network ready to run. Holds native memory; used by one thread. Images are float32 [batch, channels, height, width]. */
public interface Program extends AutoCloseable {

    /** Class probabilities, [batch, classes]; an array of the caller's. */
    INDArray predict(INDArray images);

    /** Outputs of nodes in inference, by name; arrays of the caller's. */
    Map<String, INDArray> observe(Set<String> layers, INDArray images);

    /**
     * One training step without the update.
     *
     * @param labels one-hot, [batch, classes]; of a program that was compiled with a {@link Distillation} [batch, 2 classes], the labels and
     *     beside them what the teacher answers at its temperature
     */
    Step step(INDArray images, INDArray labels);

    /**
     * Makes ready for training steps of that many images.
     *
     * @return what they take, from an engine that plans its memory
     * @throws TrainingException when that is more than tensors may take
     */
    default Optional<Footprint> prepare(int batch) {
        return Optional.empty();
    }

    /** Current value of a parameter, a copy. */
    INDArray get(ParameterKey parameter);

    /** Sets a parameter. */
    void set(ParameterKey parameter, INDArray values);

    @Override
    void close();

    /**
     * Native memory of a program.
     *
     * @param activations bytes of everything that lies between the layers in a training step, both ways
     * @param weights bytes of the weights, in every layout that they are read in
     */
    record Footprint(long activations, long weights) {}

    /**
     * What a step gives.
     *
     * @param loss mean cross-entropy of the batch (or {@link Distillation}), without penalties
     * @param gradients of the mean loss with respect to the wanted parameters; valid until the next call
     */
    record Step(double loss, Map<ParameterKey, INDArray> gradients) {}
}
