package io.espalier.engine.onednn;

import io.espalier.engine.Precision;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A convolution's arithmetic, forward, to its input and to its parameters.
 *
 * @param weight kernels [c_out, c_in, k_h, k_w], or [groups, c_out / groups, c_in / groups, k_h, k_w]
 * @param bias [c_out]
 * @param geometry how they move
 */
record Kernel(Weight weight, Optional<Weight> bias, Geometry geometry) {

    private boolean isGrouped() {
        return weight.extents().length == 5;
    }

    private long channelsOut() {
        return isGrouped() ? weight.extents()[0] * weight.extents()[1] : weight.extents()[0];
    }

    private long[] outputOf(Tensor input) {
        long[] in = input.extents();
        long[] out = geometry.output(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        return new long[] {in[Shapes.BATCH], channelsOut(), out[0], out[1]};
    }

    /** Left to the library it would be Winograd's wherever the processor has it, also where that takes three times as long. */
    private algorithm function(Tape tape, long[] in) {
        boolean couldBe = !isGrouped() && tape.precision() == Precision.FLOAT32 && geometry.kernel()[0] == 3 && geometry.kernel()[1] == 3 && geometry.stride()[0] == 1
                && geometry.stride()[1] == 1 && !geometry.isDilated();
        return couldBe && Winograd.isFaster(in, geometry.output(in[Shapes.HEIGHT], in[Shapes.WIDTH]), channelsOut())
                ? algorithm.convolution_auto
                : algorithm.convolution_direct;
    }

    /** Writes its output. */
    Tensor forward(Tape tape, Tensor input, Activation activation) {
        if (fillsNoBlock(tape, input)) {
            return filled(input).forward(tape, whole(input), activation);
        }
        convolution_forward.primitive_desc description = description(tape, input, activation.appendedTo(new post_ops()));
        return forward(tape, description, input, tape.tensor(description.dst_desc()));
    }

    /** Writes its output added to something, before the activation. */
    Tensor forwardOnto(Tape tape, Tensor input, Tensor something, Activation activation) {
        if (fillsNoBlock(tape, input)) {
            return filled(input).forwardOnto(tape, whole(input), something, activation);
        }
        post_ops sum = new post_ops();
        sum.append_sum();
        convolution_forward.primitive_desc description = description(tape, input, activation.appendedTo(sum));
        Tensor output = tape.tensor(description.dst_desc());
        // Not copied where nothing else reads it later: then the one lies where the other lay.
        tape.copy(something, output);
        return forward(tape, description, input, output);
    }

    /**
     * Whether all channels of the input lie in one block and do not fill it. Then the library would take a kernel for images, which
     * reads C order: everything would be copied first.
     */
    private boolean fillsNoBlock(Tape tape, Tensor input) {
        boolean pointwise = geometry.kernel()[0] == 1 && geometry.kernel()[1] == 1;
        return !isGrouped() && !pointwise && tape.precision() == Precision.FLOAT32
                && input.channels() < Shapes.channelsInBlock(input.desc()) && Shapes.isWhole(input.desc());
    }

    /** The same tensor with the zeros that fill its block as channels. */
    private static Tensor whole(Tensor input) {
        long[] in = input.extents();
        return input.seenAs(Shapes.like(
                input.desc(), in[Shapes.BATCH], Shapes.channelsInBlock(input.desc()), in[Shapes.HEIGHT], in[Shapes.WIDTH]));
    }

    /** The same with kernels of zeros for those channels. */
    private Kernel filled(Tensor input) {
        long[] extents = weight.extents();
        long channels = Shapes.channelsInBlock(input.desc());
        Weight wider = Weight.of(weight.name() + " for " + channels, weight.from(), parameters -> {
            INDArray values = weight.value().apply(parameters).reshape('c', extents);
            INDArray zeros = Nd4j.zeros(DataType.FLOAT, extents[0], channels - extents[1], extents[2], extents[3]);
            return Nd4j.concat(1, values, zeros).dup('c');
        }, extents[0], channels, extents[2], extents[3]);
        return new Kernel(wider, bias, geometry);
    }

    private convolution_forward.primitive_desc description(Tape tape, Tensor input, post_ops after) {
        return description(tape, read(tape, input.extents()), Shapes.any(outputOf(input)), input.extents(), Tape.attributes(after));
    }

    private Tensor forward(Tape tape, convolution_forward.primitive_desc description, Tensor input, Tensor output) {
        Map<Integer, Tensor> arguments = new HashMap<>();
        arguments.put(dnnl.DNNL_ARG_SRC, tape.as(input, description.src_desc()));
        arguments.put(dnnl.DNNL_ARG_WEIGHTS, tape.weight(weight, description.weights_desc()));
        bias.ifPresent(b -> arguments.put(dnnl.DNNL_ARG_BIAS, tape.weight(b, description.bias_desc())));
        arguments.put(dnnl.DNNL_ARG_DST, output);
        tape.call(description, new convolution_forward(description), arguments);
        return output;
    }

    private convolution_forward.primitive_desc description(
            Tape tape, memory.desc source, memory.desc target, long[] in, org.bytedeco.dnnl.primitive_attr attributes) {
        long[] before = geometry.before(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        long[] after = geometry.after(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        // Also where nothing is trained: the kind for inference picks slower code for small maps.
        prop_kind kind = prop_kind.forward_training;
        memory.desc weights = read(tape, weight.extents());
        algorithm function = function(tape, in);
        convolution_forward.desc desc = bias.isPresent()
                ? new convolution_forward.desc(
                        kind, function, source, weights, Shapes.any(channelsOut()), target,
                        geometry.stride(), geometry.gaps(), before, after)
                : new convolution_forward.desc(
                        kind, function, source, weights, target, geometry.stride(), geometry.gaps(), before, after);
        return new convolution_forward.primitive_desc(desc, attributes, tape.cpu());
    }

    /** What a convolution reads is of the precision that was asked for; what it writes is float32, as are its sums. */
    private memory.desc read(Tape tape, long... extents) {
        return Shapes.any(isGrouped() ? Precision.FLOAT32 : tape.precision(), extents);
    }

    /**
     * Writes the gradient of the input.
     *
     * @param input extents of the input
     */
    Tensor backward(Tape tape, long[] input, Tensor gradient) {
        long[] before = geometry.before(input[Shapes.HEIGHT], input[Shapes.WIDTH]);
        long[] after = geometry.after(input[Shapes.HEIGHT], input[Shapes.WIDTH]);
        convolution_forward.primitive_desc hint = description(
                tape, read(tape, input), Shapes.any(gradient.extents()), input, Tape.attributes());
        convolution_backward_data.primitive_desc description = new convolution_backward_data.primitive_desc(
                new convolution_backward_data.desc(
                        function(tape, input), Shapes.any(input), read(tape, weight.extents()), read(tape, gradient.extents()),
                        geometry.stride(), geometry.gaps(), before, after),
                Tape.attributes(), tape.cpu(), hint);
        Tensor result = tape.tensor(description.diff_src_desc());
        tape.call(description, new convolution_backward_data(description), Map.of(
                dnnl.DNNL_ARG_DIFF_DST, tape.as(gradient, description.diff_dst_desc()),
                dnnl.DNNL_ARG_WEIGHTS, tape.weight(weight, description.weights_desc()),
                dnnl.DNNL_ARG_DIFF_SRC, result));
        return result;
    }

    /**
     * Writes the gradients of what trains of it.
     *
     * @param gradient of its output
     */
    void writeGradients(Tape tape, Tensor input, Tensor gradient, TrainedKernel trained) {
        if (trained.isNone()) {
            return;
        }
        long[] in = input.extents();
        long[] before = geometry.before(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        long[] after = geometry.after(in[Shapes.HEIGHT], in[Shapes.WIDTH]);
        memory.desc ofKernels = Shapes.any(weight.extents());
        convolution_forward.primitive_desc hint = description(
                tape, read(tape, in), Shapes.any(gradient.extents()), in, Tape.attributes());
        algorithm function = algorithm.convolution_direct;
        convolution_backward_weights.desc desc = trained.bias().isPresent()
                ? new convolution_backward_weights.desc(
                        function, read(tape, in), ofKernels, Shapes.any(channelsOut()), read(tape, gradient.extents()),
                        geometry.stride(), geometry.gaps(), before, after)
                : new convolution_backward_weights.desc(
                        function, read(tape, in), ofKernels, read(tape, gradient.extents()), geometry.stride(), geometry.gaps(), before, after);
        convolution_backward_weights.primitive_desc description =
                new convolution_backward_weights.primitive_desc(desc, Tape.attributes(), tape.cpu(), hint);
        Tensor kernels = tape.tensor(description.diff_weights_desc());
        Map<Integer, Tensor> arguments = new HashMap<>();
        arguments.put(dnnl.DNNL_ARG_SRC, tape.as(input, description.src_desc()));
        arguments.put(dnnl.DNNL_ARG_DIFF_DST, tape.as(gradient, description.diff_dst_desc()));
        arguments.put(dnnl.DNNL_ARG_DIFF_WEIGHTS, kernels);
        Optional<Tensor> shifts = trained.bias().map(parameter -> tape.tensor(description.diff_bias_desc()));
        shifts.ifPresent(tensor -> arguments.put(dnnl.DNNL_ARG_DIFF_BIAS, tensor));
        tape.call(description, new convolution_backward_weights(description), arguments);
        trained.kernel().ifPresent(parameter -> tape.gradient(
                parameter.key(), tape.as(kernels, Shapes.strided(weight.extents(), parameter.strides())), parameter.shape()));
        trained.bias().ifPresent(parameter -> tape.gradient(parameter.key(), shifts.orElseThrow(), parameter.shape()));
    }

    /**
     * Writes the sum over batch and pixels of the product of two tensors of the same extents, for each channel: the weight
     * gradient of a depthwise 1x1 convolution. An elementwise product and a reduction would write and read it all once more.
     *
     * @return [channels] in C order
     */
    static Tensor sumOfProducts(Tape tape, Tensor a, Tensor b) {
        long channels = a.channels();
        long[] one = {1, 1};
        long[] none = {0, 0};
        memory.desc target = Shapes.any(channels, 1, 1, 1, 1);
        memory.desc layout = a.desc();
        convolution_forward.primitive_desc hint = new convolution_forward.primitive_desc(
                new convolution_forward.desc(
                        prop_kind.forward_training, algorithm.convolution_direct, layout, target, layout, one, none, none, none),
                tape.cpu());
        convolution_backward_weights.primitive_desc description = new convolution_backward_weights.primitive_desc(
                new convolution_backward_weights.desc(algorithm.convolution_direct, layout, target, layout, one, none, none, none),
                Tape.attributes(), tape.cpu(), hint);
        Tensor sums = tape.tensor(description.diff_weights_desc());
        tape.call(description, new convolution_backward_weights(description), Map.of(
                dnnl.DNNL_ARG_SRC, a,
                dnnl.DNNL_ARG_DIFF_DST, tape.as(b, layout),
                dnnl.DNNL_ARG_DIFF_WEIGHTS, sums));
        return tape.as(sums, Shapes.plain(channels, 1, 1, 1, 1));
    }
}
