package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_data;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/**
 * A dense layer with its activation. Reads maps as they are: flattening them in C order is a matter of its weight's strides.
 *
 * @param kernel the key of its weight, [in, out]
 * @param bias the key of its bias
 * @param units how many come out
 * @param trained those of its parameters whose gradients are wanted
 * @param activation known from its output
 */
record Dense(ParameterKey kernel, Optional<ParameterKey> bias, long units, Set<ParameterKey> trained, Activation activation)
        implements Operation {

    @Override
    public Set<ParameterKey> trains() {
        return trained;
    }

    Dense with(Activation other) {
        return new Dense(kernel, bias, units, trained, other);
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        inner_product_forward.primitive_desc description = description(tape, input.extents());
        Map<Integer, Tensor> arguments = new HashMap<>();
        arguments.put(dnnl.DNNL_ARG_SRC, tape.as(input, description.src_desc()));
        arguments.put(dnnl.DNNL_ARG_WEIGHTS, tape.weight(weight(input.extents()), description.weights_desc()));
        bias.ifPresent(key -> arguments.put(dnnl.DNNL_ARG_BIAS, tape.weight(biasWeight(key), description.bias_desc())));
        Tensor flat = tape.tensor(description.dst_desc());
        arguments.put(dnnl.DNNL_ARG_DST, flat);
        tape.call(description, new inner_product_forward(description), arguments);
        Tensor output = flat.seenAs(Shapes.plain(flat.extents()[0], units, 1, 1));
        return new Forward(output, (t, gradient, wanted) -> backward(t, description, input, output, gradient, wanted.get(0)));
    }

    private inner_product_forward.primitive_desc description(Tape tape, long[] in) {
        prop_kind kind = tape.isTraining() ? prop_kind.forward_training : prop_kind.forward_inference;
        memory.desc source = Shapes.any(in);
        memory.desc weights = Shapes.any(units, in[1], in[2], in[3]);
        inner_product_forward.desc desc = bias.isPresent()
                ? new inner_product_forward.desc(kind, source, weights, Shapes.any(units), flat(in))
                : new inner_product_forward.desc(kind, source, weights, flat(in));
        return new inner_product_forward.primitive_desc(desc, Tape.attributes(activation.appendedTo(new post_ops())), tape.cpu());
    }

    private memory.desc flat(long[] in) {
        return Shapes.plain(in[Shapes.BATCH], units);
    }

    /** Strides of [in, out] seen as [out, channels, height, width]. */
    private long[] strides(long[] in) {
        return new long[] {1, in[2] * in[3] * units, in[3] * units, units};
    }

    private Weight weight(long[] in) {
        long[] extents = {units, in[1], in[2], in[3]};
        return new Weight(kernel + Arrays.toString(extents), extents, strides(in), Set.of(kernel), p -> p.value(kernel));
    }

    private Weight biasWeight(ParameterKey key) {
        return Weight.of(key.toString(), Set.of(key), p -> p.value(key), units);
    }

    private List<Tensor> backward(
            Tape tape, inner_product_forward.primitive_desc forward, Tensor input, Tensor output, Tensor gradient, boolean flowsOn) {
        long[] in = input.extents();
        Tensor dy = tape.plain(activation.writeBackward(tape, output, gradient)).seenAs(flat(in));
        if (!trained.isEmpty()) {
            ofParameters(tape, forward, input, dy);
        }
        return Arrays.asList(flowsOn ? ofInput(tape, forward, in, dy) : null);
    }

    private Tensor ofInput(Tape tape, inner_product_forward.primitive_desc forward, long[] in, Tensor dy) {
        inner_product_backward_data.primitive_desc description = new inner_product_backward_data.primitive_desc(
                new inner_product_backward_data.desc(Shapes.any(in), Shapes.any(units, in[1], in[2], in[3]), dy.desc()),
                Tape.attributes(), tape.cpu(), forward);
        Tensor dx = tape.tensor(description.diff_src_desc());
        tape.call(description, new inner_product_backward_data(description), Map.of(
                dnnl.DNNL_ARG_DIFF_DST, dy,
                dnnl.DNNL_ARG_WEIGHTS, tape.weight(weight(in), description.weights_desc()),
                dnnl.DNNL_ARG_DIFF_SRC, dx));
        return dx;
    }

    private void ofParameters(Tape tape, inner_product_forward.primitive_desc forward, Tensor input, Tensor dy) {
        long[] in = input.extents();
        inner_product_backward_weights.primitive_desc description = new inner_product_backward_weights.primitive_desc(
                new inner_product_backward_weights.desc(
                        Shapes.any(in), Shapes.any(units, in[1], in[2], in[3]), Shapes.any(units), dy.desc()),
                Tape.attributes(), tape.cpu(), forward);
        Tensor ofKernel = tape.tensor(description.diff_weights_desc());
        Tensor ofBias = tape.tensor(description.diff_bias_desc());
        tape.call(description, new inner_product_backward_weights(description), Map.of(
                dnnl.DNNL_ARG_SRC, tape.as(input, description.src_desc()),
                dnnl.DNNL_ARG_DIFF_DST, dy,
                dnnl.DNNL_ARG_DIFF_WEIGHTS, ofKernel,
                dnnl.DNNL_ARG_DIFF_BIAS, ofBias));
        if (trained.contains(kernel)) {
            Tensor inOrder = tape.as(ofKernel, Shapes.strided(ofKernel.extents(), strides(in)));
            tape.gradient(kernel, inOrder, in[1] * in[2] * in[3], units);
        }
        bias.filter(trained::contains).ifPresent(key -> tape.gradient(key, ofBias, 1, units));
    }
}
