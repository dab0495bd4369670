package io.espalier.engine.onednn;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.post_ops;

/** Elementwise arithmetic of two tensors, the second of the first's extents or 1 along some axes. */
final class Binary {

    private Binary() {}

    static Tensor product(Tape tape, Tensor a, Tensor b) {
        return write(tape, algorithm.binary_mul, a, b, new post_ops(), Map.of());
    }

    static Tensor sum(Tape tape, Tensor a, Tensor b, post_ops after) {
        return write(tape, algorithm.binary_add, a, b, after, Map.of());
    }

    /** @param operands of what comes {@code after}, by oneDNN's numbers for arguments */
    static Tensor write(Tape tape, algorithm operation, Tensor a, Tensor b, post_ops after, Map<Integer, Tensor> operands) {
        binary.primitive_desc description = new binary.primitive_desc(
                new binary.desc(operation, a.desc(), b.desc(), a.desc()), Tape.attributes(after), tape.cpu());
        Tensor result = tape.tensor(a.desc());
        Map<Integer, Tensor> arguments = new HashMap<>(operands);
        arguments.put(dnnl.DNNL_ARG_SRC_0, a);
        arguments.put(dnnl.DNNL_ARG_SRC_1, b);
        arguments.put(dnnl.DNNL_ARG_DST, result);
        tape.call(description, new binary(description), arguments);
        // With channels that fill no block, 2.5 clears the target first when something comes after.
        if (after.len() == 0) {
            tape.mayReplace(result, a);
        }
        return result;
    }
}
