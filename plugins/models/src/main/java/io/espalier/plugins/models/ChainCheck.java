package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.data.ImageShape;
import java.nio.file.Path;
import java.util.List;

/** Whether layers follow one another in an order that can be computed, and how large a network they make. */
final class ChainCheck {

    /** 400 MB of float32. */
    private static final long MOST_PARAMETERS = 100_000_000;

    private final Path file;
    private long channels;
    private int height;
    private int width;
    private boolean flat;
    private long parameters;

    ChainCheck(Path file, ImageShape input) {
        this.file = file;
        this.channels = input.channels();
        this.height = input.height();
        this.width = input.width();
    }

    /** @throws InputException naming the layer that cannot stand where it stands */
    void check(List<Architecture.Step> layers) {
        if (layers.isEmpty() || !(layers.get(layers.size() - 1) instanceof Architecture.Softmax)) {
            throw new InputException(file + ": 'layers' must end with a layer of type softmax, which gives the classes");
        }
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i) instanceof Architecture.Softmax && i < layers.size() - 1) {
                throw wrong(layers.get(i), "must be the last layer");
            }
            follow(layers.get(i));
            if (parameters > MOST_PARAMETERS) {
                throw wrong(layers.get(i), "brings the network to " + parameters + " parameters, more than " + MOST_PARAMETERS);
            }
        }
    }

    private void follow(Architecture.Step layer) {
        if (layer instanceof Architecture.Convolution convolution) {
            requireMap(layer);
            parameters += channels * convolution.filters() * convolution.kernel() * convolution.kernel();
            channels = convolution.filters();
        } else if (layer instanceof Architecture.MaxPooling pooling) {
            requireMap(layer);
            pool(pooling);
        } else if (layer instanceof Architecture.GlobalAveragePooling) {
            requireMap(layer);
            flat = true;
            height = 1;
            width = 1;
        } else if (layer instanceof Architecture.Dense dense) {
            connect(dense.units());
        } else if (layer instanceof Architecture.Softmax softmax) {
            connect(softmax.classes());
        }
    }

    private void pool(Architecture.MaxPooling pooling) {
        if (pooling.size() > height || pooling.size() > width) {
            throw wrong(pooling, "pools " + pooling.size() + "x" + pooling.size() + " pixels of a feature map of " + height + "x" + width);
        }
        height /= pooling.size();
        width /= pooling.size();
    }

    private void connect(int units) {
        parameters += channels * height * width * units;
        channels = units;
        height = 1;
        width = 1;
        flat = true;
    }

    private void requireMap(Architecture.Step layer) {
        if (flat) {
            throw wrong(layer, "needs a feature map, but the layers before it have made vectors");
        }
    }

    private InputException wrong(Architecture.Step layer, String why) {
        return new InputException(file + ": layer '" + layer.name() + "' " + why);
    }
}
