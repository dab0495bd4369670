package io.espalier.plugins.models;

import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.activations.impl.ActivationReLU6;

/**
 * MobileNetV2 of any width: inverted residuals with linear bottlenecks. Keras pads by hand before a depthwise convolution
 * of stride 2, by as much as "same" would for the image's size; here that is "same", which serves every size. Source:
 * Sandler, Howard, Zhu, Zhmoginov, Chen, 2018.
 */
record MobileNetV2() implements KerasApplication {

    private static final double EPSILON = 1e-3;
    private static final int BLOCKS = 16;

    /** Blocks that halve the feature map. */
    private static final Set<Integer> HALVING = Set.of(1, 3, 6, 13);

    @Override
    public String name() {
        return "MobileNetV2";
    }

    @Override
    public Normalisation normalisation() {
        return Normalisation.SIGNED;
    }

    @Override
    public boolean accepts(Set<String> layers) {
        return layers.contains("expanded_conv_project") && layers.contains("block_1_expand");
    }

    @Override
    public Built build(WeightedLayers layers) {
        KerasTensor x = layers.convolution("Conv1", KerasTensor.maps("input", CHANNELS, 0, 0), Window.square(3, 2, true));
        x = relu6(layers, "Conv1_relu", layers.batchNorm(layers.named("bn_Conv1", "Conv1_bn"), x, EPSILON));
        x = residual(layers, "expanded_conv_", x, projected(layers, "expanded_conv_", x, 1), 1);
        for (int block = 1; block <= BLOCKS; block++) {
            x = inverted(layers, "block_" + block + "_", x, HALVING.contains(block) ? 2 : 1);
        }
        x = layers.convolution("Conv_1", x, Window.square(1, 1, false));
        x = relu6(layers, "out_relu", layers.batchNorm("Conv_1_bn", x, EPSILON));
        return new Built(layers.top("global_average_pooling2d", x), Optional.empty());
    }

    private static KerasTensor inverted(WeightedLayers layers, String name, KerasTensor x, int stride) {
        KerasTensor y = layers.convolution(name + "expand", x, Window.square(1, 1, false));
        y = relu6(layers, name + "expand_relu", layers.batchNorm(name + "expand_BN", y, EPSILON));
        return residual(layers, name, x, projected(layers, name, y, stride), stride);
    }

    private static KerasTensor residual(WeightedLayers layers, String name, KerasTensor x, KerasTensor y, int stride) {
        boolean residual = stride == 1 && x.channels() == y.channels();
        return residual ? layers.operations().add(name + "add", List.of(x, y)) : y;
    }

    private static KerasTensor projected(WeightedLayers layers, String name, KerasTensor x, int stride) {
        KerasTensor y = layers.depthwise(name + "depthwise", x, Window.square(3, stride, true));
        y = relu6(layers, name + "depthwise_relu", layers.batchNorm(name + "depthwise_BN", y, EPSILON));
        return layers.batchNorm(name + "project_BN", layers.convolution(name + "project", y, Window.square(1, 1, false)), EPSILON);
    }

    private static KerasTensor relu6(WeightedLayers layers, String name, KerasTensor x) {
        return layers.operations().activation(name, x, new ActivationReLU6());
    }
}
