package io.espalier.plugins.models;

import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * ResNet50, and 101 and 152, whose files differ in the number of blocks only. As in Keras, the stride is in the first 1x1
 * convolution of a bottleneck. Source: He, Zhang, Ren, Sun, 2015.
 */
record ResNet() implements KerasApplication {

    private static final double EPSILON = 1.001e-5;
    private static final int FIRST_STAGE = 2;
    private static final int LAST_STAGE = 5;

    @Override
    public String name() {
        return "ResNet";
    }

    @Override
    public Normalisation normalisation() {
        return Normalisation.VGG;
    }

    /** The second version has its batch norms before the convolutions. */
    @Override
    public boolean accepts(Set<String> layers) {
        return layers.contains("conv2_block1_3_conv") && !layers.contains("conv2_block1_preact_bn");
    }

    @Override
    public Built build(WeightedLayers layers) {
        KerasTensor x = layers.padding("conv1_pad", KerasTensor.maps("input", CHANNELS, 0, 0), 3);
        x = layers.convolution("conv1_conv", x, Window.square(7, 2, false));
        x = layers.relu("conv1_relu", layers.batchNorm("conv1_bn", x, EPSILON));
        x = layers.maxPooling("pool1_pool", layers.padding("pool1_pad", x, 1), 3, 2);
        for (int stage = FIRST_STAGE; stage <= LAST_STAGE; stage++) {
            for (int block = 1; layers.names().contains(block(stage, block) + "_1_conv") || block == 1; block++) {
                x = bottleneck(layers, block(stage, block), x, stage > FIRST_STAGE && block == 1 ? 2 : 1, block == 1);
            }
        }
        return new Built(layers.top("avg_pool", x), Optional.empty());
    }

    private static String block(int stage, int block) {
        return "conv" + stage + "_block" + block;
    }

    private static KerasTensor bottleneck(WeightedLayers layers, String name, KerasTensor x, int stride, boolean projected) {
        KerasTensor shortcut = projected ? normalised(layers, name + "_0", x, Window.square(1, stride, false)) : x;
        KerasTensor y = layers.relu(name + "_1_relu", normalised(layers, name + "_1", x, Window.square(1, stride, false)));
        y = layers.relu(name + "_2_relu", normalised(layers, name + "_2", y, Window.square(3, 1, true)));
        y = normalised(layers, name + "_3", y, Window.square(1, 1, false));
        return layers.relu(name + "_out", layers.operations().add(name + "_add", List.of(shortcut, y)));
    }

    private static KerasTensor normalised(WeightedLayers layers, String name, KerasTensor x, Window window) {
        return layers.batchNorm(name + "_bn", layers.convolution(name + "_conv", x, window), EPSILON);
    }
}
