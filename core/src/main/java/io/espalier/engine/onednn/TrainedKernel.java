package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.network.Node;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;

/**
 * What of a convolution's parameters trains. Plain, grouped and depthwise ones call them the same.
 *
 * @param kernel the kernels, if their gradient is wanted
 * @param bias the bias, if its gradient is wanted
 */
record TrainedKernel(Optional<Parameter> kernel, Optional<Parameter> bias) {

    /** A frozen convolution. */
    static final TrainedKernel NONE = new TrainedKernel(Optional.empty(), Optional.empty());

    /**
     * A parameter whose gradient is wanted.
     *
     * @param shape as DL4J has it
     * @param strides in what DL4J has, of each axis that oneDNN sees
     */
    record Parameter(ParameterKey key, long[] shape, long[] strides) {}

    static TrainedKernel of(Node node, Kernel kernel, Set<ParameterKey> trained) {
        return new TrainedKernel(
                parameter(node, trained, ConvolutionParamInitializer.WEIGHT_KEY, kernel.weight()),
                kernel.bias().flatMap(bias -> parameter(node, trained, ConvolutionParamInitializer.BIAS_KEY, bias)));
    }

    private static Optional<Parameter> parameter(Node node, Set<ParameterKey> trained, String name, Weight weight) {
        ParameterKey key = Layers.key(node, name);
        if (!trained.contains(key)) {
            return Optional.empty();
        }
        long[] shape = node.parameter(name).shape();
        boolean depthwise = node.layer(DepthwiseConvolution2D.class).isPresent() && shape.length == weight.extents().length - 1;
        return Optional.of(new Parameter(key, shape, depthwise ? depthwise(shape) : weight.strides()));
    }

    /** Of [channels, multiplier, 1, k_h, k_w] in DL4J's [k_h, k_w, channels, multiplier]. */
    private static long[] depthwise(long[] shape) {
        return new long[] {shape[3], 1, 1, shape[1] * shape[2] * shape[3], shape[2] * shape[3]};
    }

    boolean isNone() {
        return kernel.isEmpty() && bias.isEmpty();
    }

    Set<ParameterKey> keys() {
        Set<ParameterKey> keys = new HashSet<>();
        kernel.ifPresent(parameter -> keys.add(parameter.key()));
        bias.ifPresent(parameter -> keys.add(parameter.key()));
        return keys;
    }
}
