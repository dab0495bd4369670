package io.espalier.layers;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code x max(0, min(1, x / 6 + 1/2))}. Source: Howard et al., "Searching for MobileNetV3", 2019. */
public record HardSwish() implements IActivation {

    private static final double SLOPE = 1.0 / 6;
    private static final double MIDDLE = 0.5;

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        return in.muli(PiecewiseLinear.clip(line(in), 0, 1));
    }

    private static INDArray line(INDArray in) {
        return in.mul(SLOPE).addi(MIDDLE);
    }

    /** The gate's value, plus x times its slope where it has one. */
    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
        INDArray line = line(in);
        INDArray slope = PiecewiseLinear.inside(line, 0, 1).muli(SLOPE);
        return new Pair<>(in.muli(slope).addi(PiecewiseLinear.clip(line, 0, 1)).muli(epsilon), null);
    }

    @Override
    public int numParams(int inputSize) {
        return 0;
    }
}
