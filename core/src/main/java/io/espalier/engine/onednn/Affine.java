package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * @param scale [1, channels, 1, 1]
 * @param activation none, or a rectifier
 */
record Affine(Weight numbers, Weight scale, Activation activation) implements Operation {

    private static final float EPSILON = 1e-5f;

    private int flags() {
        return dnnl.dnnl_use_global_stats | dnnl.dnnl_use_scaleshift | (activation.isIdentity() ? 0 : dnnl.dnnl_fuse_norm_relu);
    }

    private static Weight constant(double value, long channels) {
        return Weight.of(value + " x " + channels, Set.of(), p -> Nd4j.valueArrayOf(new long[] {channels}, value, DataType.FLOAT), channels);
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long channels = input.channels();
        memory.desc perChannel = Shapes.plain(channels);
        // Also in training: it has no statistics to keep, and the backward half needs the output alone.
        batch_normalization_forward.primitive_desc description = new batch_normalization_forward.primitive_desc(
                new batch_normalization_forward.desc(prop_kind.forward_inference.value, input.desc(), EPSILON, flags()),
                Tape.attributes(), tape.cpu());
        Tensor output = tape.tensor(input.desc());
        tape.call(description, new batch_normalization_forward(description), Map.of(
                dnnl.DNNL_ARG_SRC, input,
                dnnl.DNNL_ARG_MEAN, tape.weight(constant(0, channels), perChannel),
                dnnl.DNNL_ARG_VARIANCE, tape.weight(constant(1 - EPSILON, channels), perChannel),
                dnnl.DNNL_ARG_SCALE_SHIFT, tape.weight(numbers, Shapes.plain(2, channels)),
                dnnl.DNNL_ARG_DST, output));
        tape.mayReplace(output, input);
        // Not the library's own backward batch norm, which 2.5 does not have for every layout.
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor flowing = activation.writeBackward(t, output, gradient);
            return Arrays.asList(Binary.product(t, flowing, t.weight(scale, Shapes.like(flowing.desc(), scale.extents()))));
        });
    }
}
