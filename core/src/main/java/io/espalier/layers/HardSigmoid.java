package io.espalier.layers;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * {@code max(0, min(1, alpha x + beta))}. ONNX's default is 0.2 and 0.5, PyTorch's 1/6 and 0.5; DL4J has the first alone.
 *
 * @param alpha slope
 * @param beta value at 0
 */
public record HardSigmoid(double alpha, double beta) implements IActivation {

    /** @throws IllegalArgumentException when one of them is no finite number */
    @JsonCreator
    public HardSigmoid(@JsonProperty("alpha") double alpha, @JsonProperty("beta") double beta) {
        if (!Double.isFinite(alpha) || !Double.isFinite(beta)) {
            throw new IllegalArgumentException("a hard sigmoid has a slope and a value at 0, not " + alpha + " and " + beta);
        }
        this.alpha = alpha;
        this.beta = beta;
    }

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        return PiecewiseLinear.clip(in.muli(alpha).addi(beta), 0, 1);
    }

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
        INDArray line = in.muli(alpha).addi(beta);
        return new Pair<>(line.assign(PiecewiseLinear.inside(line, 0, 1).muli(epsilon).muli(alpha)), null);
    }

    @Override
    public int numParams(int inputSize) {
        return 0;
    }
}
