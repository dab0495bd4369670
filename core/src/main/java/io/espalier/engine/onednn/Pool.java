package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;

/**
 * Largest or mean value in a window.
 *
 * @param kind what is taken of a window
 * @param window how it moves; null for one that is as large as the maps
 */
record Pool(Kind kind, Geometry window) implements Operation {

    /** What is taken of a window. */
    enum Kind {
        MAX(algorithm.pooling_max),
        /** The sum of the pixels there, divided by the window's extent. */
        MEAN_WITH_PADDING(algorithm.pooling_avg_include_padding),
        /** The mean of the pixels there. */
        MEAN(algorithm.pooling_avg_exclude_padding);

        private final algorithm function;

        Kind(algorithm function) {
            this.function = function;
        }
    }

    /** One value for each channel. */
    static Pool global(Kind kind) {
        return new Pool(kind, null);
    }

    private Geometry windowFor(long[] in) {
        long[] whole = {in[Shapes.HEIGHT], in[Shapes.WIDTH]};
        return window == null ? new Geometry(whole, whole, new long[] {1, 1}, new long[] {0, 0}, new long[] {0, 0}, false) : window;
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long[] in = input.extents();
        Geometry geometry = windowFor(in);
        long[] out = geometry.output(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        long[] before = geometry.before(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        long[] after = geometry.after(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        prop_kind kept = tape.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
        memory.desc target = Shapes.any(in[Shapes.BATCH], in[Shapes.CHANNELS], out[0], out[1]);
        pooling_forward.primitive_desc description = new pooling_forward.primitive_desc(
                new pooling_forward.desc(kept, kind.function, input.desc(), target, geometry.stride(), geometry.kernel(), before, after),
                Tape.attributes(), tape.cpu());
        Tensor output = tape.tensor(description.dst_desc());
        Map<Integer, Tensor> arguments = new HashMap<>(Map.of(dnnl.DNNL_ARG_SRC, input, dnnl.DNNL_ARG_DST, output));
        Map<Integer, Tensor> remembered = new HashMap<>();
        if (tape.isTraining() && kind == Kind.MAX) {
            remembered.put(dnnl.DNNL_ARG_WORKSPACE, tape.tensor(description.workspace_desc()));
        }
        arguments.putAll(remembered);
        tape.call(description, new pooling_forward(description), arguments);
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, output.desc());
            pooling_backward.primitive_desc backward = new pooling_backward.primitive_desc(
                    new pooling_backward.desc(
                            kind.function, input.desc(), output.desc(), geometry.stride(), geometry.kernel(), before, after),
                    Tape.attributes(), t.cpu(), description);
            Tensor dx = t.tensor(input.desc());
            Map<Integer, Tensor> all = new HashMap<>(remembered);
            all.put(dnnl.DNNL_ARG_DIFF_DST, dy);
            all.put(dnnl.DNNL_ARG_DIFF_SRC, dx);
            t.call(backward, new pooling_backward(backward), all);
            return Arrays.asList(dx);
        });
    }
}
