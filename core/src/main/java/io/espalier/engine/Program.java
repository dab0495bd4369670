package io.espalier.engine;

import java.util.Map;
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
     * @param labels one-hot, [batch, classes]
     */
    Step step(INDArray images, INDArray labels);

    /** Current value of a parameter, a copy. */
    INDArray get(ParameterKey parameter);

    /** Sets a parameter. */
    void set(ParameterKey parameter, INDArray values);

    @Override
    void close();

    /**
     * What a step gives.
     *
     * @param loss mean cross-entropy of the batch, without penalties
     * @param gradients of the mean loss with respect to the wanted parameters; valid until the next call
     */
    record Step(double loss, Map<ParameterKey, INDArray> gradients) {}
}
