package io.espalier.plugins.onnx.write;

import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.params.SeparableConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Convolutions of every kind as {@code Conv}. */
final class ConvolutionWriter {

    private ConvolutionWriter() {}

    /**
     * One {@code Conv}. Whether it is grouped is told from the kernels [c_out, c_in / groups, k_h, k_w].
     *
     * @param absorbed zeros that a padding layer before it adds, or none
     */
    static void convolution(Operators operators, ConvolutionLayer layer, Pads absorbed) {
        INDArray kernels = operators.node().parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        convolve(operators, layer, kernels, pads(operators, layer).plus(absorbed));
        ActivationWriter.write(operators, layer.getActivationFn());
    }

    /**
     * DL4J keeps depthwise kernels as [k_h, k_w, c_in, multiplier]; output channel c * multiplier + m is multiple m of input
     * channel c.
     */
    static void depthwise(Operators operators, ConvolutionLayer layer, Pads absorbed) {
        INDArray kernels = operators.node().parameter(ConvolutionParamInitializer.WEIGHT_KEY).permute(2, 3, 0, 1).dup('c');
        convolve(operators, layer, single(kernels), pads(operators, layer).plus(absorbed));
        ActivationWriter.write(operators, layer.getActivationFn());
    }

    /** Depthwise kernels [multiplier, c_in, k_h, k_w], then pointwise ones [c_out, c_in * multiplier, 1, 1] with the bias. */
    static void separable(Operators operators, ConvolutionLayer layer, Pads absorbed) {
        INDArray depthwise = operators.node().parameter(SeparableConvolutionParamInitializer.DEPTH_WISE_WEIGHT_KEY)
                .permute(1, 0, 2, 3).dup('c');
        INDArray kernels = single(depthwise);
        operators.then("Conv", operators.constant("depthwise", kernels))
                .with("group", groups(operators, kernels))
                .with("kernel_shape", layer.getKernelSize())
                .with("strides", layer.getStride())
                .with("dilations", layer.getDilation())
                .with("pads", pads(operators, layer).plus(absorbed).begins());
        INDArray pointwise = operators.node().parameter(SeparableConvolutionParamInitializer.POINT_WISE_WEIGHT_KEY);
        String weight = operators.constant("pointwise", pointwise);
        (layer.hasBias() ? operators.then("Conv", weight, bias(operators)) : operators.then("Conv", weight))
                .with("kernel_shape", new int[] {1, 1});
        ActivationWriter.write(operators, layer.getActivationFn());
    }

    /** [c_in, multiplier, k_h, k_w] as kernels of one channel each. */
    private static INDArray single(INDArray kernels) {
        return kernels.reshape('c', kernels.size(0) * kernels.size(1), 1, kernels.size(2), kernels.size(3));
    }

    private static void convolve(Operators operators, ConvolutionLayer layer, INDArray kernels, Pads pads) {
        String weight = operators.constant("weight", kernels);
        (layer.hasBias() ? operators.then("Conv", weight, bias(operators)) : operators.then("Conv", weight))
                .with("group", groups(operators, kernels))
                .with("kernel_shape", layer.getKernelSize())
                .with("strides", layer.getStride())
                .with("dilations", layer.getDilation())
                .with("pads", pads.begins());
    }

    private static long groups(Operators operators, INDArray kernels) {
        return operators.maps().getChannels() / kernels.size(1);
    }

    private static String bias(Operators operators) {
        INDArray bias = operators.node().parameter(ConvolutionParamInitializer.BIAS_KEY);
        return operators.constant("bias", bias.reshape(bias.length()));
    }

    private static Pads pads(Operators operators, ConvolutionLayer layer) {
        return Pads.of(operators, layer.getConvolutionMode(), layer.getKernelSize(), layer.getStride(), layer.getPadding(), layer.getDilation());
    }
}
