package io.espalier.plugins.models;

import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * Five blocks of 3x3 convolutions with padding "same" and ReLU, 2x2 max pooling of stride 2 after each, and, if there is a
 * top, three dense layers. Source: Simonyan, Zisserman, 2014, configurations D and E.
 *
 * @param number of layers with weights, 16 or 19
 */
record Vgg(int number) implements KerasApplication {

    private static final List<Integer> SIXTEEN = List.of(2, 2, 3, 3, 3);
    private static final List<Integer> NINETEEN = List.of(2, 2, 4, 4, 4);
    private static final String FIRST_DENSE = "fc1";

    @Override
    public String name() {
        return "VGG" + number;
    }

    @Override
    public Normalisation normalisation() {
        return Normalisation.VGG;
    }

    @Override
    public boolean accepts(Set<String> layers) {
        boolean vgg = layers.stream().anyMatch(name -> name.matches("block[1-5]_conv[1-4]"));
        return vgg && layers.contains("block3_conv4") == (number == 19);
    }

    @Override
    public Built build(WeightedLayers layers) {
        KerasTensor x = KerasTensor.maps("input", CHANNELS, 0, 0);
        List<Integer> blocks = number == 19 ? NINETEEN : SIXTEEN;
        for (int block = 1; block <= blocks.size(); block++) {
            for (int i = 1; i <= blocks.get(block - 1); i++) {
                x = layers.convolution("block" + block + "_conv" + i, x, Window.square(3, 1, true), new ActivationReLU());
            }
            x = layers.maxPooling("block" + block + "_pool", x, 2, 2);
        }
        boolean top = layers.names().contains(FIRST_DENSE) || layers.names().contains("fc2") || layers.names().contains("predictions");
        return top ? classifier(layers, x) : new Built(x, Optional.empty());
    }

    /** The rows of the first dense layer say how large the images are; that they are square is all that is assumed. */
    private Built classifier(WeightedLayers layers, KerasTensor last) {
        int[] shape = layers.weights(FIRST_DENSE).require(2, "a kernel and a bias").shape(0);
        int side = shape.length == 2 ? (int) Math.round(Math.sqrt((double) shape[0] / last.channels())) : 0;
        int pixels = Math.max(1, side) << 5;
        KerasTensor map = new KerasTensor(last.node(), last.channels(), Math.max(1, side), Math.max(1, side), KerasTensor.Form.FLATTENED);
        KerasTensor fc1 = layers.dense(FIRST_DENSE, map, new ActivationReLU());
        KerasTensor fc2 = layers.dense("fc2", fc1, new ActivationReLU());
        KerasTensor predictions = layers.dense("predictions", fc2, new ActivationSoftmax());
        return new Built(predictions, Optional.of(new ImageShape(CHANNELS, pixels, pixels)));
    }
}
