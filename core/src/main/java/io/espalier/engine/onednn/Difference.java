package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;

/** The first of two tensors of the same extents without the second. */
record Difference() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = tape.as(inputs.get(1), a.desc());
        return new Forward(Binary.difference(tape, a, b), (t, gradient, wanted) -> Arrays.asList(
                wanted.get(0) ? gradient : null,
                wanted.get(1) ? Eltwise.linear(-1, 0).write(t, gradient) : null));
    }
}
