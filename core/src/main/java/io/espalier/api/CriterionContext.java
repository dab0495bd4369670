package io.espalier.api;

import io.espalier.engine.ParameterKey;
import io.espalier.network.Network;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a criterion may look at besides the group itself. Images are of the training part alone, always in the same random
 * order, which depends on the run's seed and the stage.
 */
@Stability(Stability.Level.STABLE)
public interface CriterionContext {

    /** What a stage's criterion, or a pruner of its own way, may look at. */
    static CriterionContext of(Candidate candidate, StageContext context) {
        return new TrainingImages(candidate, context);
    }

    Network network();

    /** The first so many training images, preprocessed, [count, channels, height, width]. */
    INDArray samples(int count);

    /** Outputs of layers on images, by layer name, [images, channels, height, width]. */
    Map<String, INDArray> observe(Set<String> layers, INDArray images);

    /**
     * Outputs of layers on the first so many training images (on all where there are fewer), batch by batch, so that no more
     * than one batch is in memory.
     *
     * @param each gets them by layer name, [batch, channels, height, width] or [batch, numbers]; they are gone when it returns
     */
    void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each);

    /**
     * Gradients of the mean cross-entropy of each batch of the first so many training images (of all where there are fewer),
     * all batch norms with their fixed statistics.
     *
     * @param parameters biases, kernels, dense weights, gamma and beta of batch norms of feature maps
     * @param each gets them in the shape of the parameter; they are gone when it returns
     * @throws io.espalier.engine.TrainingException when the engine cannot compute one of them
     */
    void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each);

    /** A source of randomness that depends on the run's seed and the group only. */
    Random random(String group);
}
