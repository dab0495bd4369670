package io.espalier.layers;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A convolution of its own for each group of channels; kernels [c_out, c_in / groups, k_h, k_w]. libnd4j's operation has no
 * groups, so it is called once for each.
 *
 * @param geometry how the kernels move
 * @param groups number of groups
 */
record GroupedArithmetic(Convolutions.Geometry geometry, int groups) implements ConvolutionArithmetic {

    @Override
    public void forward(INDArray input, INDArray kernels, INDArray bias, INDArray output) {
        for (int group = 0; group < groups; group++) {
            Convolutions.convolve(
                    channels(input, group), rows(kernels, group), bias == null ? null : rows(bias, group), channels(output, group),
                    geometry, Convolutions.OUT_IN_HEIGHT_WIDTH);
        }
    }

    @Override
    public void backward(
            INDArray input, INDArray kernels, INDArray bias, INDArray outputGradient,
            INDArray inputGradient, INDArray kernelGradient, INDArray biasGradient) {
        for (int group = 0; group < groups; group++) {
            Convolutions.backward(
                    channels(input, group), rows(kernels, group), bias == null ? null : rows(bias, group),
                    channels(outputGradient, group), channels(inputGradient, group), rows(kernelGradient, group),
                    biasGradient == null ? null : rows(biasGradient, group), geometry);
        }
    }

    @Override
    public boolean isReversible() {
        return geometry.isReversible();
    }

    /** Of each group by itself, one below the other: [groups c_in / groups, c_out / groups, k_h, k_w]. */
    @Override
    public INDArray reversed(INDArray kernels) {
        List<INDArray> turned = new ArrayList<>();
        for (int group = 0; group < groups; group++) {
            turned.add(Convolutions.reversed(rows(kernels, group)));
        }
        return Nd4j.concat(0, turned.toArray(INDArray[]::new));
    }

    @Override
    public void inputGradient(INDArray outputGradient, INDArray reversedKernels, INDArray inputGradient) {
        new GroupedArithmetic(geometry.reversed(), groups).forward(outputGradient, reversedKernels, null, inputGradient);
    }

    private INDArray channels(INDArray images, int group) {
        return part(images, 1, group);
    }

    private INDArray rows(INDArray tensor, int group) {
        return part(tensor, 0, group);
    }

    private INDArray part(INDArray array, int axis, int group) {
        long each = array.size(axis) / groups;
        return Views.part(array, axis, group * each, each);
    }
}
