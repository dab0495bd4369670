package io.espalier.engine.onednn;

import java.util.Collections;
import java.util.List;

/** Elementwise sum of tensors of the same extents. */
record Sum() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor sum = inputs.get(0);
        for (Tensor input : inputs.subList(1, inputs.size())) {
            sum = Binary.sum(tape, sum, tape.as(input, sum.desc()));
        }
        return new Forward(sum, (t, gradient, wanted) -> Collections.nCopies(inputs.size(), gradient));
    }
}
