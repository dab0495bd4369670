package io.espalier.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every channel by itself; kernels as DL4J keeps them, [k_h, k_w, c_in, multiplier], output channel
 * {@code input channel * multiplier + m}.
 *
 * @param geometry how the kernels move
 */
record DepthwiseArithmetic(Convolutions.Geometry geometry) implements ConvolutionArithmetic {

    /** Kernels as [k_h, k_w, c_in, multiplier]. */
    private static final int HEIGHT_WIDTH_IN_MULTIPLIER = 0;

    @Override
    public void forward(INDArray input, INDArray kernels, INDArray bias, INDArray output) {
        convolve(input, kernels, bias, output, geometry);
    }

    private static void convolve(INDArray input, INDArray kernels, INDArray bias, INDArray output, Convolutions.Geometry geometry) {
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("depthwise_conv2d");
        if (bias == null) {
            op.addInputs(input, kernels);
        } else {
            op.addInputs(input, kernels, bias);
        }
        Nd4j.exec(op.addOutputs(output).addIntegerArguments(geometry.arguments(HEIGHT_WIDTH_IN_MULTIPLIER)).build());
    }

    @Override
    public void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient) {
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("depthwise_conv2d_bp");
        if (bias == null) {
            op.addInputs(input, kernels, outputGradient).addOutputs(inputGradient, kernelGradient);
        } else {
            op.addInputs(input, kernels, bias, outputGradient).addOutputs(inputGradient, kernelGradient, biasGradient);
        }
        Nd4j.exec(op.addIntegerArguments(geometry.arguments(HEIGHT_WIDTH_IN_MULTIPLIER)).build());
    }

    @Override
    public boolean isReversible() {
        return geometry.paddingWithinReach();
    }

    /** [k_h, k_w, c_in multiplier, 1]. */
    @Override
    public INDArray reversed(INDArray kernels) {
        INDArray result = kernels.ulike();
        Nd4j.exec(DynamicCustomOp.builder("reverse").addInputs(kernels).addOutputs(result).addIntegerArguments(0, 1).build());
        return result.reshape('c', kernels.size(0), kernels.size(1), kernels.size(2) * kernels.size(3), 1);
    }

    @Override
    public void inputGradient(INDArray outputGradient, INDArray reversedKernels, INDArray inputGradient) {
        long multiplier = outputGradient.size(1) / inputGradient.size(1);
        boolean alone = multiplier == 1;
        long[] shape = inputGradient.shape();
        INDArray each = alone
                ? inputGradient
                : Nd4j.createUninitialized(inputGradient.dataType(), new long[] {shape[0], shape[1] * multiplier, shape[2], shape[3]}, 'c');
        if (geometry.isReversible()) {
            convolve(outputGradient, reversedKernels, null, each, geometry.reversed());
        } else {
            convolve(spread(outputGradient, shape), reversedKernels, null, each, geometry.unmoved());
        }
        if (!alone) {
            inputGradient.assign(each.reshape('c', shape[0], shape[1], multiplier, shape[2], shape[3]).sum(2));
        }
    }

    /** The output's gradient where the kernel stood, zeros between: what a convolution of stride 1 takes to the input's shape. */
    private INDArray spread(INDArray gradient, long[] inputShape) {
        INDArray wide = Nd4j.zeros(
                gradient.dataType(), gradient.size(0), gradient.size(1), inputShape[2] + geometry.reach(0), inputShape[3] + geometry.reach(1));
        long top = geometry.reach(0) - geometry.before(0, inputShape[2], gradient.size(2));
        long left = geometry.reach(1) - geometry.before(1, inputShape[3], gradient.size(3));
        int[] stride = geometry.stride();
        INDArray rows = Views.part(wide, 2, top, gradient.size(2), stride[0]);
        Views.part(rows, 3, left, gradient.size(3), stride[1]).assign(gradient);
        return wide;
    }
}
