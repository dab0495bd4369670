package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/**
 * {@code y = scale x + shift} per channel, frozen, with its activation.
 *
 * @param scale [1, channels, 1, 1]
 * @param shift [1, channels, 1, 1]
 * @param activation known from its output
 */
record Affine(Weight scale, Weight shift, Activation activation) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        // In the blocks of what it meets, or the library falls back to its slow reference.
        memory.desc perChannel = Shapes.like(input.desc(), scale.extents());
        post_ops after = new post_ops();
        after.append_binary(algorithm.binary_add, perChannel);
        Map<Integer, Tensor> operands = Map.of(
                dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | dnnl.DNNL_ARG_SRC_1, tape.weight(shift, perChannel));
        Tensor output = Binary.write(
                tape, algorithm.binary_mul, input, tape.weight(scale, perChannel), activation.appendedTo(after), operands);
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor flowing = activation.writeBackward(t, output, gradient);
            return Arrays.asList(Binary.product(t, flowing, t.weight(scale, Shapes.like(flowing.desc(), scale.extents()))));
        });
    }
}
