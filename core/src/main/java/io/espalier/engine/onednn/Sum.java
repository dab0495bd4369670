package io.espalier.engine.onednn;

import java.util.Collections;
import java.util.List;

/**
 * Elementwise sum of tensors of the same extents, with its activation.
 *
 * @param activation known from its output
 */
record Sum(Activation activation) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor sum = inputs.get(0);
        int last = inputs.size() - 1;
        for (int i = 1; i <= last; i++) {
            Activation after = i == last ? activation : Activation.IDENTITY;
            sum = Binary.sum(tape, sum, tape.as(inputs.get(i), sum.desc()), after.after());
        }
        Tensor output = sum;
        return new Forward(output, (t, gradient, wanted) ->
                Collections.nCopies(inputs.size(), activation.writeBackward(t, output, gradient)));
    }
}
