package io.espalier.layers;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every output channel of every input channel; kernels [c_out, c_in, k_h, k_w].
 *
 * @param geometry how the kernels move
 */
record PlainArithmetic(Convolutions.Geometry geometry) implements ConvolutionArithmetic {

    @Override
    public void forward(INDArray input, INDArray kernels, INDArray bias, INDArray output) {
        Convolutions.convolve(input, kernels, bias, output, geometry, Convolutions.OUT_IN_HEIGHT_WIDTH);
    }

    @Override
    public void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient) {
        Convolutions.backward(input, kernels, bias, outputGradient, inputGradient, kernelGradient, biasGradient, geometry);
    }

    @Override
    public boolean isReversible() {
        return geometry.isReversible();
    }

    @Override
    public INDArray reversed(INDArray kernels) {
        return Convolutions.reversed(kernels);
    }

    @Override
    public void inputGradient(INDArray outputGradient, INDArray reversedKernels, INDArray inputGradient) {
        Convolutions.convolve(
                outputGradient, reversedKernels, null, inputGradient, geometry.reversed(), Convolutions.OUT_IN_HEIGHT_WIDTH);
    }
}
