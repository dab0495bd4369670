package io.espalier.layers;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What a kind of convolution computes, forwards and backwards. A bias is [c_out] or null, with its gradient. */
interface ConvolutionArithmetic {

    void forward(INDArray input, INDArray kernels, INDArray bias, INDArray output);

    /** Gradients of everything, written into the arrays given. */
    void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient);

    /** Whether the gradient of the input can be had alone, as a convolution with {@link #reversed} kernels. */
    boolean isReversible();

    /** Kernels of the convolution that takes the output's gradient to the input's; a new array. */
    INDArray reversed(INDArray kernels);

    void inputGradient(INDArray outputGradient, INDArray reversedKernels, INDArray inputGradient);
}
