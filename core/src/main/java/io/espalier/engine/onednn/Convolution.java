package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;

/**
 * A frozen convolution with its activation. A second input, if there is one, is added before the activation.
 *
 * @param kernel its arithmetic
 * @param activation known from its output
 */
record Convolution(Kernel kernel, Activation activation) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        boolean adds = inputs.size() > 1;
        Tensor output = adds
                ? kernel.forwardOnto(tape, input, inputs.get(1), activation)
                : kernel.forward(tape, input, activation);
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor flowing = activation.writeBackward(t, output, gradient);
            Tensor dx = wanted.get(0) ? kernel.backward(t, input.extents(), flowing) : null;
            return adds ? Arrays.asList(dx, flowing) : Arrays.asList(dx);
        });
    }
}
