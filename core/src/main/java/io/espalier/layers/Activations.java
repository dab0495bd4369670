package io.espalier.layers;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Activation functions of layers that keep what their gradient needs. */
final class Activations {

    private Activations() {}

    /** Whether the gradient can be had from the output alone, so that the input need not be kept. */
    static boolean isKnownFromOutput(IActivation activation) {
        return activation instanceof ActivationIdentity || isPlainRelu(activation);
    }

    private static boolean isPlainRelu(IActivation activation) {
        return activation instanceof ActivationReLU relu
                && (relu.getMax() == null || relu.getMax() == 0)
                && (relu.getThreshold() == null || relu.getThreshold() == 0)
                && (relu.getNegativeSlope() == null || relu.getNegativeSlope() == 0);
    }

    /**
     * Gradient before the activation.
     *
     * @param input what went into the activation, or what came out if {@link #isKnownFromOutput}
     */
    static INDArray backward(IActivation activation, INDArray input, INDArray gradient) {
        return activation instanceof ActivationIdentity ? gradient : activation.backprop(input, gradient).getFirst();
    }
}
