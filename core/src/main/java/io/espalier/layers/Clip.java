package io.espalier.layers;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * {@code max(min, min(max, x))}. Its gradient is 0 at both bounds.
 *
 * @param min lower bound, or negative infinity
 * @param max upper bound, or infinity
 */
public record Clip(double min, double max) implements IActivation {

    /** @throws IllegalArgumentException when {@code min} is above {@code max} or one of them is no number */
    @JsonCreator
    public Clip(@JsonProperty("min") double min, @JsonProperty("max") double max) {
        if (!(min <= max)) {
            throw new IllegalArgumentException("cannot clip from " + min + " to " + max + ": the first is to be the lower");
        }
        this.min = min;
        this.max = max;
    }

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        return PiecewiseLinear.clip(in, min, max);
    }

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
        return new Pair<>(in.assign(PiecewiseLinear.inside(in, min, max).muli(epsilon)), null);
    }

    @Override
    public int numParams(int inputSize) {
        return 0;
    }
}
