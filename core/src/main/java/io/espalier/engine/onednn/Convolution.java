package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A convolution with its activation. A second input, if there is one, is added before the activation.
 *
 * @param kernel its arithmetic
 * @param activation known from its output
 * @param trained what of it trains; its kernel is then that of the parameters themselves, nothing multiplied in
 */
record Convolution(Kernel kernel, Activation activation, TrainedKernel trained) implements Operation {

    /** A frozen one. */
    Convolution(Kernel kernel, Activation activation) {
        this(kernel, activation, TrainedKernel.NONE);
    }

    Convolution with(Activation other) {
        return new Convolution(kernel, other, trained);
    }

    @Override
    public Set<ParameterKey> trains() {
        return trained.keys();
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        boolean adds = inputs.size() > 1;
        Tensor output = adds
                ? kernel.forwardOnto(tape, input, inputs.get(1), activation)
                : kernel.forward(tape, input, activation);
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor flowing = activation.writeBackward(t, output, gradient);
            kernel.writeGradients(t, input, flowing, trained);
            Tensor dx = wanted.get(0) ? kernel.backward(t, input.extents(), flowing) : null;
            return adds ? Arrays.asList(dx, flowing) : Arrays.asList(dx);
        });
    }
}
