package io.espalier.layers;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The convolution operations of libnd4j, called directly. DL4J's own layer is im2col and gemm, which on two cores is ten
 * times slower. Images are [batch, channels, height, width].
 */
final class Convolutions {

    /** Kernels as DL4J keeps them, [c_out, c_in, k_h, k_w]. */
    static final int OUT_IN_HEIGHT_WIDTH = 1;

    /** Kernels as [k_h, k_w, c_in, c_out]. */
    static final int HEIGHT_WIDTH_IN_OUT = 0;

    private Convolutions() {}

    /**
     * How a kernel moves.
     *
     * @param kernel height and width
     * @param stride height and width
     * @param padding top and left; ignored when {@code same}
     * @param dilation height and width
     * @param same whether the padding is that of TensorFlow's SAME
     */
    record Geometry(int[] kernel, int[] stride, int[] padding, int[] dilation, boolean same) {

        static final Geometry POINTWISE = new Geometry(new int[] {1, 1}, new int[] {1, 1}, new int[] {0, 0}, new int[] {1, 1}, false);

        static Geometry of(ConvolutionLayer layer) {
            return new Geometry(
                    layer.getKernelSize(),
                    layer.getStride(),
                    layer.getPadding(),
                    layer.getDilation(),
                    layer.getConvolutionMode() == ConvolutionMode.Same);
        }

        /** Pixels between the first and the last that a kernel reads. */
        int reach(int axis) {
            return (kernel[axis] - 1) * dilation[axis];
        }

        /** Padding before the first pixel; with {@code same} the smaller half of what is needed. */
        long before(int axis, long input, long output) {
            return same ? Math.max(0, (output - 1) * stride[axis] + reach(axis) + 1 - input) / 2 : padding[axis];
        }

        /** Geometry of kernels that are as far across and have no gaps. */
        Geometry undilated() {
            return new Geometry(new int[] {reach(0) + 1, reach(1) + 1}, stride, padding, new int[] {1, 1}, same);
        }

        /** The same kernel with stride 1 and no padding. */
        Geometry unmoved() {
            return new Geometry(kernel, new int[] {1, 1}, new int[] {0, 0}, dilation, false);
        }

        /** Whether the gradient of the input is an ordinary convolution: stride 1 and the same padding on both sides. */
        boolean isReversible() {
            return stride[0] == 1 && stride[1] == 1 && (!same || (reach(0) % 2 == 0 && reach(1) % 2 == 0)) && paddingWithinReach();
        }

        /** Whether every place of the kernel reads at least one pixel of the image; else its gradient is not a convolution. */
        boolean paddingWithinReach() {
            return same || (padding[0] <= reach(0) && padding[1] <= reach(1));
        }

        /** Geometry of the convolution that takes the output's gradient to the input's. */
        Geometry reversed() {
            int top = same ? reach(0) / 2 : padding[0];
            int left = same ? reach(1) / 2 : padding[1];
            return new Geometry(kernel, stride, new int[] {reach(0) - top, reach(1) - left}, dilation, false);
        }

        int[] arguments(int weightFormat) {
            return new int[] {
                kernel[0], kernel[1], stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], same ? 1 : 0, 0, weightFormat
            };
        }
    }

    /** Convolves {@code input} with {@code kernels} into {@code output}; {@code bias} may be null. */
    static void convolve(INDArray input, INDArray kernels, INDArray bias, INDArray output, Geometry geometry, int weightFormat) {
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d");
        if (bias == null) {
            op.addInputs(input, kernels);
        } else {
            op.addInputs(input, kernels, bias);
        }
        Nd4j.exec(op.addOutputs(output).addIntegerArguments(geometry.arguments(weightFormat)).build());
    }

    /** Gradients of input and kernels, and of the bias unless it is null, written into the arrays given. */
    static void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient, Geometry geometry) {
        DynamicCustomOp.DynamicCustomOpsBuilder op = DynamicCustomOp.builder("conv2d_bp");
        if (bias == null) {
            op.addInputs(input, kernels, outputGradient).addOutputs(inputGradient, kernelGradient);
        } else {
            op.addInputs(input, kernels, bias, outputGradient).addOutputs(inputGradient, kernelGradient, biasGradient);
        }
        Nd4j.exec(op.addIntegerArguments(geometry.arguments(OUT_IN_HEIGHT_WIDTH)).build());
    }

    /** Kernels [c_in, c_out, k_h, k_w] of the convolution that takes the output's gradient to the input's. */
    static INDArray reversed(INDArray kernels) {
        INDArray turned = kernels.permute(1, 0, 2, 3).dup('c');
        INDArray result = turned.ulike();
        Nd4j.exec(DynamicCustomOp.builder("reverse").addInputs(turned).addOutputs(result).addIntegerArguments(2, 3).build());
        return result;
    }
}
