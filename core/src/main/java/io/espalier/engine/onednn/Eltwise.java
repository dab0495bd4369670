package io.espalier.engine.onednn;

import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import java.util.Map;

/**
 * An elementwise function of oneDNN.
 *
 * @param forward oneDNN's name of it
 * @param backward its name when the gradient is computed
 * @param alpha its first number, whose meaning depends on the function
 * @param beta its second number
 * @param needs what its gradient is computed from
 */
record Eltwise(algorithm forward, algorithm backward, float alpha, float beta, Needs needs) {

    /** What a gradient is computed from besides the gradient of the output. */
    enum Needs {
        INPUT,
        OUTPUT,
        NOTHING
    }

    static Eltwise ofInput(algorithm function, double alpha, double beta) {
        return new Eltwise(function, function, (float) alpha, (float) beta, Needs.INPUT);
    }

    static Eltwise ofOutput(algorithm forward, algorithm backward, double alpha, double beta) {
        return new Eltwise(forward, backward, (float) alpha, (float) beta, Needs.OUTPUT);
    }

    /** {@code alpha x + beta}. */
    static Eltwise linear(double alpha, double beta) {
        return new Eltwise(algorithm.eltwise_linear, algorithm.eltwise_linear, (float) alpha, (float) beta, Needs.NOTHING);
    }

    void appendTo(post_ops after) {
        after.append_eltwise(1, forward, alpha, beta);
    }

    Tensor write(Tape tape, Tensor input) {
        eltwise_forward.primitive_desc description = description(tape, input.desc(), forward);
        Tensor output = tape.tensor(input.desc());
        tape.call(description, new eltwise_forward(description), Map.of(dnnl.DNNL_ARG_SRC, input, dnnl.DNNL_ARG_DST, output));
        tape.mayReplace(output, input);
        return output;
    }

    private eltwise_forward.primitive_desc description(Tape tape, memory.desc desc, algorithm function) {
        dnnl.prop_kind kind = tape.isTraining() ? dnnl.prop_kind.forward_training : dnnl.prop_kind.forward_inference;
        return new eltwise_forward.primitive_desc(
                new eltwise_forward.desc(kind, function, desc, alpha, beta), Tape.attributes(), tape.cpu());
    }

    /**
     * Writes what takes the gradient of its output to that of its input.
     *
     * @param known its input or its output, whichever it {@link #needs}
     */
    Tensor writeBackward(Tape tape, Tensor known, Tensor gradient) {
        Tensor dy = tape.as(gradient, known.desc());
        eltwise_forward.primitive_desc hint = new eltwise_forward.primitive_desc(
                new eltwise_forward.desc(dnnl.prop_kind.forward_training, backward, known.desc(), alpha, beta), tape.cpu());
        eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                new eltwise_backward.desc(backward, dy.desc(), known.desc(), alpha, beta), Tape.attributes(), tape.cpu(), hint);
        Tensor dx = tape.tensor(dy.desc());
        int argument = needs == Needs.OUTPUT ? dnnl.DNNL_ARG_DST : dnnl.DNNL_ARG_SRC;
        tape.call(description, new eltwise_backward(description),
                Map.of(argument, known, dnnl.DNNL_ARG_DIFF_DST, dy, dnnl.DNNL_ARG_DIFF_SRC, dx));
        tape.mayReplace(dx, dy);
        return dx;
    }
}
