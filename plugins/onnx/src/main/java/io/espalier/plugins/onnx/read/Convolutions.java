package io.espalier.plugins.onnx.read;

import io.espalier.layers.GroupedConvolution;
import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Conv in its three forms, and BatchNormalization. */
final class Convolutions {

    static final Map<String, Operator> OPERATORS = Map.of(
            "Conv", Convolutions::convolution,
            "BatchNormalization", Convolutions::batchNorm);

    private static final String DAMAGED = "The file is damaged; export the network again";

    private Convolutions() {}

    private static void convolution(Operation operation, Construction construction) {
        Feature input = construction.maps(operation, 0);
        Tensor kernel = construction.constant(operation, 1, "kernel");
        if (kernel.rank() != 4) {
            throw operation.refused("has a kernel of " + Arrays.toString(kernel.shape()), "Read are convolutions of images (Conv2d)");
        }
        long groups = operation.integer("group", 1);
        Extents from = input.extents();
        long out = kernel.extent(0);
        if (groups < 1 || out < 1 || out % groups != 0 || groups > from.channels() || kernel.extent(1) * groups != from.channels()) {
            throw operation.refused("has a kernel of " + Arrays.toString(kernel.shape()) + " in " + groups + " groups for a map of " + from, DAMAGED);
        }
        int[] size = Window.pair(operation, "kernel", new long[] {kernel.extent(2), kernel.extent(3)});
        operation.integers("kernel_shape").filter(said -> !Arrays.equals(Window.pair(operation, "kernel_shape", said), size)).ifPresent(said -> {
            throw operation.refused("has kernel_shape=" + Arrays.toString(said) + " and a kernel of " + Arrays.toString(kernel.shape()), DAMAGED);
        });
        Window window = Window.of(operation, size, from, false, construction.hasOpenSides());
        Extents to = Construction.sound(operation, new Extents(from.batch(), out, window.height(), window.width()));
        Optional<Tensor> bias = bias(operation, construction, 2, out);
        Feature padded = window.same() || window.isEven() ? input : Padding.zeros(operation, construction, input, window);
        Layer layer = layer(window, from.channels(), out, groups, bias.isPresent());
        String name = operation.output();
        construction.network().add(Part.layer(name, layer, weights(kernel, from.channels(), out, groups, bias), padded, to, false));
        construction.give(operation, Feature.maps(name, to));
    }

    /** A vector of that length, if it is there. */
    static Optional<Tensor> bias(Operation operation, Construction construction, int index, long length) {
        Optional<Tensor> bias = construction.optionalConstant(operation, index, "bias");
        bias.filter(b -> b.length() != length || b.rank() != 1).ifPresent(b -> {
            throw operation.refused("has a bias of " + Arrays.toString(b.shape()) + " for " + length + " channels", DAMAGED);
        });
        return bias;
    }

    private static Layer layer(Window window, long in, long out, long groups, boolean bias) {
        boolean depthwise = groups == in && in > 1;
        ConvolutionLayer.BaseConvBuilder<?> builder = depthwise
                ? new DepthwiseConvolution2D.Builder().depthMultiplier((int) (out / in))
                : new ConvolutionLayer.Builder();
        builder.hasBias(bias).convolutionMode(ConvolutionMode.Truncate).nIn((int) in).nOut((int) out).activation(Activation.IDENTITY);
        builder.kernelSize(window.kernel()).stride(window.stride()).dilation(window.dilation());
        if (window.same()) {
            builder.convolutionMode(ConvolutionMode.Same);
        } else if (window.isEven()) {
            builder.padding(window.before());
        }
        Layer layer = builder.build();
        return depthwise || groups == 1 ? layer : new GroupedConvolution((ConvolutionLayer) layer, (int) groups);
    }

    private static Map<String, Supplier<INDArray>> weights(Tensor kernel, long in, long out, long groups, Optional<Tensor> bias) {
        long[] shape = kernel.shape();
        Map<String, Supplier<INDArray>> all = new LinkedHashMap<>();
        if (groups == in && in > 1) {
            // Output channels go input channel by input channel in both; DL4J has the kernel's extents first.
            all.put("W", () -> Weights.array(kernel, in, out / in, shape[2], shape[3]).permute(2, 3, 0, 1).dup('c'));
        } else {
            all.put("W", () -> Weights.array(kernel, shape));
        }
        bias.ifPresent(b -> all.put("b", () -> Weights.array(b, out)));
        return all;
    }

    /**
     * A convolution of 1x1 without padding.
     *
     * @param kernel [out, in, 1, 1]
     */
    static Layer pointwise(long in, long out) {
        return new ConvolutionLayer.Builder(1, 1).stride(1, 1).hasBias(false).nIn(in).nOut(out).activation(Activation.IDENTITY).build();
    }

    private static void batchNorm(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        double epsilon = operation.number("epsilon", 1e-5);
        operation.ignore("momentum");
        if (operation.integer("training_mode", 0) != 0 || operation.integer("spatial", 1) == 0) {
            throw operation.refused("normalises by each batch's own statistics", "Export the network for inference (PyTorch: model.eval())");
        }
        for (int i = 1; i < operation.outputs().size(); i++) {
            if (!construction.graph().isUnused(operation, i)) {
                throw operation.refused("gives its statistics to other operations", "Export the network for inference (PyTorch: model.eval())");
            }
        }
        Feature normalised = input.isMaps() && input.extents().channels() == construction.constant(operation, 1, "scale").length()
                ? input
                : construction.asVector(operation, input);
        long channels = normalised.extents().channels();
        Map<String, Supplier<INDArray>> weights = new LinkedHashMap<>();
        weights.put("gamma", vector(operation, construction, 1, "scale", channels));
        weights.put("beta", vector(operation, construction, 2, "B", channels));
        weights.put("mean", vector(operation, construction, 3, "mean", channels));
        weights.put("var", vector(operation, construction, 4, "variance", channels));
        if (!(epsilon >= 0 && epsilon < Float.MAX_VALUE)) {
            throw operation.refused("has epsilon=" + epsilon, DAMAGED);
        }
        for (float variance : construction.constant(operation, 4, "variance").floats()) {
            if (!(variance + epsilon > 0)) {
                throw operation.refused("has a variance of " + variance, DAMAGED);
            }
        }
        BatchNormalization layer = new BatchNormalization.Builder()
                .useLogStd(false).eps(epsilon).nIn((int) channels).nOut((int) channels).activation(Activation.IDENTITY).build();
        String name = operation.output();
        construction.network().add(Part.layer(name, layer, weights, normalised, normalised.extents(), normalised.flat()));
        construction.give(operation, normalised.computed(name, normalised.extents()));
    }

    private static Supplier<INDArray> vector(Operation operation, Construction construction, int index, String what, long channels) {
        Tensor tensor = construction.constant(operation, index, what);
        if (tensor.rank() != 1 || tensor.length() != channels) {
            throw operation.refused("has a " + what + " of " + Arrays.toString(tensor.shape()) + " for " + channels + " channels", DAMAGED);
        }
        return () -> Weights.array(tensor, channels);
    }
}
