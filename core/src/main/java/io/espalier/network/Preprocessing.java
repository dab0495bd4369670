package io.espalier.network;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;

/**
 * How images come to the network.
 *
 * @param input extent of the network's input
 * @param fit what is done with images of another height or width
 * @param normalisation from pixel values to the network's numbers
 */
public record Preprocessing(ImageShape input, Fit fit, Normalisation normalisation) {

    public Preprocessing {
        if (!normalisation.serves(input.channels())) {
            throw new IllegalArgumentException("a normalisation of " + normalisation.mean().size()
                    + " channels does not serve a network of " + input.channels());
        }
    }
}
