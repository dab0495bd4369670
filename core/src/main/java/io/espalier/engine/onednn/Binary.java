package io.espalier.engine.onednn;

import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;

/**
 * Elementwise arithmetic of two tensors, the second of the first's extents or 1 along some axes; in the blocks of the first,
 * or the library falls back to its slow reference. Nothing may come after it as a post-op: with channels that fill no block,
 * or with maps of one pixel, 2.5 then gives other numbers (measured against plain arithmetic over layouts and shapes).
 */
final class Binary {

    private Binary() {}

    static Tensor product(Tape tape, Tensor a, Tensor b) {
        return write(tape, algorithm.binary_mul, a, b);
    }

    static Tensor sum(Tape tape, Tensor a, Tensor b) {
        return write(tape, algorithm.binary_add, a, b);
    }

    static Tensor difference(Tape tape, Tensor a, Tensor b) {
        return write(tape, algorithm.binary_sub, a, b);
    }

    static Tensor maximum(Tape tape, Tensor a, Tensor b) {
        return write(tape, algorithm.binary_max, a, b);
    }

    private static Tensor write(Tape tape, algorithm operation, Tensor a, Tensor b) {
        binary.primitive_desc description = new binary.primitive_desc(
                new binary.desc(operation, a.desc(), b.desc(), a.desc()), Tape.attributes(), tape.cpu());
        Tensor result = tape.tensor(a.desc());
        tape.call(description, new binary(description), Map.of(
                dnnl.DNNL_ARG_SRC_0, a, dnnl.DNNL_ARG_SRC_1, b, dnnl.DNNL_ARG_DST, result));
        // A single channel in a block of several is cleared before it is read.
        if (a.channels() > 1) {
            tape.mayReplace(result, a);
        }
        return result;
    }
}
