package io.espalier.api;

import io.espalier.network.Network;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a criterion may look at besides the group itself. */
@Stability(Stability.Level.STABLE)
public interface CriterionContext {

    Network network();

    /** The first so many training images in a fixed random order, preprocessed, [count, channels, height, width]. */
    INDArray samples(int count);

    /** Outputs of layers on images, by layer name, [images, channels, height, width]. */
    Map<String, INDArray> observe(Set<String> layers, INDArray images);

    /** A source of randomness that depends on the run's seed and the group only. */
    Random random(String group);
}
