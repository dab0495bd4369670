package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/** The larger number of two tensors of the same extents. Where they are equal the gradient is the first's, as in DL4J. */
record Maximum() implements Operation {

    /** Takes any difference between two numbers that is not 0 to 1 or more. */
    private static final double HUGE = 1e38;

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor a = inputs.get(0);
        Tensor b = tape.as(inputs.get(1), a.desc());
        Tensor larger = Binary.maximum(tape, a, b);
        return new Forward(larger, (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, a.desc());
            Tensor ofSecond = Binary.product(t, dy, isPositive(t, Binary.difference(t, larger, a)));
            return Arrays.asList(wanted.get(0) ? Binary.difference(t, dy, ofSecond) : null, wanted.get(1) ? ofSecond : null);
        });
    }

    /** 1 where a number that is not negative is not 0. Comparisons of the library are wrong where channels fill no block. */
    private static Tensor isPositive(Tape tape, Tensor tensor) {
        return Eltwise.ofInput(algorithm.eltwise_clip, 0, 1).write(tape, Eltwise.linear(HUGE, 0).write(tape, tensor));
    }
}
