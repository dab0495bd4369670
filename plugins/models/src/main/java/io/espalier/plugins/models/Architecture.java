package io.espalier.plugins.models;

import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;

/**
 * A chain of layers, not yet trained.
 *
 * @param input shape of the images
 * @param normalisation of their pixels, if the file says
 * @param layers first to last; the last is a {@link Softmax}
 */
record Architecture(ImageShape input, Optional<Normalisation> normalisation, List<Architecture.Step> layers) {

    Architecture {
        layers = List.copyOf(layers);
    }

    /** One layer of the chain. */
    sealed interface Step {

        /** Unique in the chain. */
        String name();
    }

    /**
     * Convolution of stride 1 with padding "same", then batch norm if wanted, then ReLU.
     *
     * @param name of the convolution; batch norm and activation are named after it
     * @param filters channels that it puts out
     * @param kernel height and width of its kernel, odd
     * @param batchNorm whether the outputs are normalised; the convolution then has no bias
     */
    record Convolution(String name, int filters, int kernel, boolean batchNorm) implements Step {}

    /**
     * Max pooling whose stride is its size.
     *
     * @param name of the layer
     * @param size height and width of the window
     */
    record MaxPooling(String name, int size) implements Step {}

    /**
     * Mean over the feature map.
     *
     * @param name of the layer
     */
    record GlobalAveragePooling(String name) implements Step {}

    /**
     * Dense layer with ReLU.
     *
     * @param name of the layer
     * @param units that it puts out
     */
    record Dense(String name, int units) implements Step {}

    /**
     * Dropout of what the next layer reads.
     *
     * @param name of the layer
     * @param rate share that is dropped in training
     */
    record Dropout(String name, double rate) implements Step {}

    /**
     * Dense layer with softmax, the network's output.
     *
     * @param name of the layer
     * @param classes number of classes
     */
    record Softmax(String name, int classes) implements Step {}
}
