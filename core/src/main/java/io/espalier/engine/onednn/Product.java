package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;

/** Elementwise product of two tensors of the same extents. */
record Product() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = tape.as(inputs.get(1), a.desc());
        return new Forward(Binary.product(tape, a, b), (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, a.desc());
            return Arrays.asList(
                    wanted.get(0) ? Binary.product(t, dy, b) : null,
                    wanted.get(1) ? Binary.product(t, dy, a) : null);
        });
    }
}
