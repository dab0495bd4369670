package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;

/**
 * A frozen convolution with its activation.
 *
 * @param kernel its arithmetic
 * @param activation known from its output
 */
record Convolution(Kernel kernel, Activation activation) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        Tensor output = kernel.forward(tape, input, activation.after());
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor flowing = activation.writeBackward(t, output, gradient);
            return Arrays.asList(kernel.backward(t, input.extents(), flowing));
        });
    }
}
