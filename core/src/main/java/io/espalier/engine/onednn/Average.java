package io.espalier.engine.onednn;

import java.util.Collections;
import java.util.List;

/** Elementwise mean of tensors of the same extents. */
record Average() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Eltwise share = Eltwise.linear(1.0 / inputs.size(), 0);
        Tensor mean = share.write(tape, new Sum().forward(tape, inputs).output());
        return new Forward(mean, (t, gradient, wanted) -> Collections.nCopies(inputs.size(), share.write(t, gradient)));
    }
}
