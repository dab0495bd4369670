package io.espalier.data;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Images as a network takes them. Owns both tensors: they live outside any workspace until {@link #close()}.
 *
 * @param images float32 [n, channels, height, width], normalised
 * @param labels one-hot, float32 [n, classes]
 * @param classes the label of each image, [n]; not to be written
 */
public record Batch(INDArray images, INDArray labels, int[] classes) implements AutoCloseable {

    /** Number of images. */
    public int size() {
        return classes.length;
    }

    @Override
    public void close() {
        images.close();
        labels.close();
    }
}
