package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@code y = scale x + shift} per channel, frozen: a batch norm of mean 0 and variance 1.
 *
 * @param numbers [2, channels]: the scales, then the shifts
 * @param rectified whether a rectifier follows
 */
record Affine(Weight numbers, boolean rectified) implements Operation {

    private static final float EPSILON = 1e-5f;

    private int flags() {
        return dnnl.dnnl_use_global_stats | dnnl.dnnl_use_scaleshift | (rectified ? dnnl.dnnl_fuse_norm_relu : 0);
    }

    private static Weight constant(double value, long channels) {
        return Weight.of(value + " x " + channels, Set.of(), p -> Nd4j.valueArrayOf(new long[] {channels}, value, DataType.FLOAT), channels);
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long channels = input.channels();
        memory.desc perChannel = Shapes.plain(channels);
        prop_kind kept = tape.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
        batch_normalization_forward.primitive_desc description = new batch_normalization_forward.primitive_desc(
                new batch_normalization_forward.desc(kept.value, input.desc(), EPSILON, flags()), Tape.attributes(), tape.cpu());
        Tensor output = tape.tensor(input.desc());
        Map<Integer, Tensor> common = new HashMap<>();
        common.put(dnnl.DNNL_ARG_MEAN, tape.weight(constant(0, channels), perChannel));
        common.put(dnnl.DNNL_ARG_VARIANCE, tape.weight(constant(1 - EPSILON, channels), perChannel));
        common.put(dnnl.DNNL_ARG_SCALE_SHIFT, tape.weight(numbers, Shapes.plain(2, channels)));
        if (rectified && tape.isTraining()) {
            common.put(dnnl.DNNL_ARG_WORKSPACE, tape.tensor(description.workspace_desc()));
        }
        Map<Integer, Tensor> arguments = new HashMap<>(common);
        arguments.put(dnnl.DNNL_ARG_SRC, input);
        arguments.put(dnnl.DNNL_ARG_DST, output);
        tape.call(description, new batch_normalization_forward(description), arguments);
        tape.mayReplace(output, input);
        return new Forward(output, (t, gradient, wanted) -> Arrays.asList(backward(t, description, input, gradient, common)));
    }

    private Tensor backward(
            Tape tape, batch_normalization_forward.primitive_desc forward, Tensor input, Tensor gradient, Map<Integer, Tensor> common) {
        Tensor dy = tape.as(gradient, input.desc());
        batch_normalization_backward.primitive_desc description = new batch_normalization_backward.primitive_desc(
                new batch_normalization_backward.desc(prop_kind.backward_data.value, dy.desc(), input.desc(), EPSILON, flags()),
                Tape.attributes(), tape.cpu(), forward);
        Tensor dx = tape.tensor(input.desc());
        Map<Integer, Tensor> arguments = new HashMap<>(common);
        arguments.put(dnnl.DNNL_ARG_SRC, input);
        arguments.put(dnnl.DNNL_ARG_DIFF_DST, dy);
        arguments.put(dnnl.DNNL_ARG_DIFF_SRC, dx);
        tape.call(description, new batch_normalization_backward(description), arguments);
        tape.mayReplace(dx, dy);
        return dx;
    }
}
