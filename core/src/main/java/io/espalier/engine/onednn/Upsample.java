package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.resampling_backward;
import org.bytedeco.dnnl.resampling_forward;

/**
 * Every pixel repeated over a rectangle.
 *
 * @param height of the rectangle, in pixels
 * @param width of it
 */
record Upsample(long height, long width) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long[] in = input.extents();
        prop_kind kept = tape.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
        memory.desc target = Shapes.any(in[Shapes.BATCH], in[Shapes.CHANNELS], in[Shapes.HEIGHT] * height, in[Shapes.WIDTH] * width);
        // The nearest pixel is the repeated one where extents grow by whole factors.
        resampling_forward.primitive_desc description = new resampling_forward.primitive_desc(
                new resampling_forward.desc(kept, algorithm.resampling_nearest, input.desc(), target), Tape.attributes(), tape.cpu());
        Tensor output = tape.tensor(description.dst_desc());
        tape.call(description, new resampling_forward(description), Map.of(dnnl.DNNL_ARG_SRC, input, dnnl.DNNL_ARG_DST, output));
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, output.desc());
            resampling_backward.primitive_desc backward = new resampling_backward.primitive_desc(
                    new resampling_backward.desc(algorithm.resampling_nearest, input.desc(), output.desc()), Tape.attributes(), t.cpu(), description);
            Tensor dx = t.tensor(input.desc());
            t.call(backward, new resampling_backward(backward), Map.of(dnnl.DNNL_ARG_DIFF_DST, dy, dnnl.DNNL_ARG_DIFF_SRC, dx));
            return Arrays.asList(dx);
        });
    }
}
