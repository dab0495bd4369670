package io.espalier.plugins.models;

import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.PoolingType;

/**
 * DenseNet121, and 169 and 201, whose files differ in the number of blocks only: batch norm and ReLU before each
 * convolution, what a block adds put beside what it read. Source: Huang, Liu, van der Maaten, Weinberger, 2016.
 */
record DenseNet() implements KerasApplication {

    private static final double EPSILON = 1.001e-5;
    private static final int FIRST_STAGE = 2;
    private static final int LAST_STAGE = 5;

    @Override
    public String name() {
        return "DenseNet";
    }

    @Override
    public Normalisation normalisation() {
        return Normalisation.TORCH;
    }

    @Override
    public boolean accepts(Set<String> layers) {
        return layers.contains("pool2_conv") && layers.contains("conv2_block1_0_bn");
    }

    @Override
    public Built build(WeightedLayers layers) {
        KerasTensor x = layers.padding("zero_padding2d", KerasTensor.maps("input", CHANNELS, 0, 0), 3);
        // Keras 3 allows no slash in a name.
        x = layers.convolution(layers.named("conv1_conv", "conv1/conv"), x, Window.square(7, 2, false));
        x = layers.relu("conv1_relu", layers.batchNorm(layers.named("conv1_bn", "conv1/bn"), x, EPSILON));
        x = layers.maxPooling("pool1", layers.padding("zero_padding2d_1", x, 1), 3, 2);
        for (int stage = FIRST_STAGE; stage <= LAST_STAGE; stage++) {
            for (int block = 1; layers.names().contains(block(stage, block) + "_1_conv") || block == 1; block++) {
                x = grown(layers, block(stage, block), x);
            }
            if (stage < LAST_STAGE) {
                x = transition(layers, "pool" + stage, x);
            }
        }
        x = layers.relu("relu", layers.batchNorm("bn", x, EPSILON));
        return new Built(layers.top("avg_pool", x), Optional.empty());
    }

    private static String block(int stage, int block) {
        return "conv" + stage + "_block" + block;
    }

    private static KerasTensor grown(WeightedLayers layers, String name, KerasTensor x) {
        KerasTensor y = layers.relu(name + "_0_relu", layers.batchNorm(name + "_0_bn", x, EPSILON));
        y = layers.convolution(name + "_1_conv", y, Window.square(1, 1, false));
        y = layers.relu(name + "_1_relu", layers.batchNorm(name + "_1_bn", y, EPSILON));
        y = layers.convolution(name + "_2_conv", y, Window.square(3, 1, true));
        return layers.operations().concatenation(name + "_concat", List.of(x, y));
    }

    private static KerasTensor transition(WeightedLayers layers, String name, KerasTensor x) {
        KerasTensor y = layers.relu(name + "_relu", layers.batchNorm(name + "_bn", x, EPSILON));
        y = layers.convolution(name + "_conv", y, Window.square(1, 1, false));
        return layers.operations().pooling(name + "_pool", y, PoolingType.AVG, Window.square(2, 2, false));
    }
}
