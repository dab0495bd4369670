package io.espalier.layers;

import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A dilated convolution as an undilated one whose kernels have zeros between. libnd4j's way into oneDNN reckons the padding of
 * a dilated convolution without its dilation, and fails ("could not create a descriptor for a dilated convolution").
 *
 * @param undilated works on the wider kernels
 * @param dilation height and width
 * @param heightAxis of the kernels; the width is the next
 */
record DilatedArithmetic(ConvolutionArithmetic undilated, int[] dilation, int heightAxis) implements ConvolutionArithmetic {

    /**
     * @param kind makes what computes a convolution of a geometry
     * @param heightAxis of the kernels
     */
    static ConvolutionArithmetic of(Convolutions.Geometry geometry, int heightAxis, Function<Convolutions.Geometry, ConvolutionArithmetic> kind) {
        int[] dilation = geometry.dilation();
        return dilation[0] == 1 && dilation[1] == 1
                ? kind.apply(geometry)
                : new DilatedArithmetic(kind.apply(geometry.undilated()), dilation, heightAxis);
    }

    @Override
    public void forward(INDArray input, INDArray kernels, INDArray bias, INDArray output) {
        undilated.forward(input, widened(kernels), bias, output);
    }

    @Override
    public void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient) {
        INDArray wide = widened(kernels);
        INDArray wideGradient = wide.ulike();
        undilated.backward(input, wide, bias, outputGradient, inputGradient, wideGradient, biasGradient);
        kernelGradient.assign(taps(wideGradient));
    }

    @Override
    public boolean isReversible() {
        return undilated.isReversible();
    }

    @Override
    public INDArray reversed(INDArray kernels) {
        return undilated.reversed(widened(kernels));
    }

    @Override
    public void inputGradient(INDArray outputGradient, INDArray reversedKernels, INDArray inputGradient) {
        undilated.inputGradient(outputGradient, reversedKernels, inputGradient);
    }

    private INDArray widened(INDArray kernels) {
        long[] shape = kernels.shape().clone();
        for (int axis = 0; axis < 2; axis++) {
            shape[heightAxis + axis] = (shape[heightAxis + axis] - 1) * dilation[axis] + 1;
        }
        INDArray wide = Nd4j.zeros(kernels.dataType(), shape);
        taps(wide).assign(kernels);
        return wide;
    }

    /** The places of wide kernels that hold weights. */
    private INDArray taps(INDArray wide) {
        return taps(taps(wide, 0), 1);
    }

    private INDArray taps(INDArray wide, int axis) {
        return Views.part(wide, heightAxis + axis, 0, (wide.size(heightAxis + axis) - 1) / dilation[axis] + 1, dilation[axis]);
    }
}
