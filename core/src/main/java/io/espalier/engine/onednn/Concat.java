package io.espalier.engine.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;

/** Maps beside each other, along the channels. */
record Concat() implements Operation {

    /** Channels up to which moving them by a convolution costs less than a detour by C order. */
    private static final long FEW = 64;

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Blocks blocks = Blocks.of(inputs.get(0));
        boolean within = beginsWithinABlock(blocks, inputs);
        Tensor output = within ? inBlocks(tape, blocks, inputs) : beside(tape, inputs);
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor whole = within ? t.as(gradient, output.desc()) : gradient;
            List<Tensor> gradients = new ArrayList<>();
            long channel = 0;
            for (int i = 0; i < inputs.size(); i++) {
                Tensor input = inputs.get(i);
                gradients.add(!wanted.get(i) ? null
                        : within ? blocks.cut(t, whole, channel, input.channels())
                        : Box.cut(t, whole, input.extents(), new long[] {0, channel, 0, 0}));
                channel += input.channels();
            }
            return gradients;
        });
    }

    /** Whether any but the first begins within a block, and such have so few channels that they are worth moving. */
    private static boolean beginsWithinABlock(Blocks blocks, List<Tensor> inputs) {
        if (blocks.areNone()) {
            return false;
        }
        boolean some = false;
        long channel = 0;
        for (Tensor input : inputs) {
            if (blocks.within(channel) > 0) {
                some = true;
                if (input.channels() > FEW) {
                    return false;
                }
            }
            channel += input.channels();
        }
        return some;
    }

    private static Tensor inBlocks(Tape tape, Blocks blocks, List<Tensor> inputs) {
        long[] extents = inputs.get(0).extents();
        extents[Shapes.CHANNELS] = inputs.stream().mapToLong(Tensor::channels).sum();
        Tensor output = tape.tensor(blocks.ofExtents(extents));
        long channel = 0;
        for (Tensor input : inputs) {
            blocks.put(tape, input, output, channel);
            channel += input.channels();
        }
        return output;
    }

    private static Tensor beside(Tape tape, List<Tensor> inputs) {
        memory.desc sources = new memory.desc((long) inputs.size());
        Map<Integer, Tensor> arguments = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            sources.position(i).put(inputs.get(i).desc());
            arguments.put(dnnl.DNNL_ARG_MULTIPLE_SRC + i, inputs.get(i));
        }
        concat.primitive_desc description =
                new concat.primitive_desc(Shapes.CHANNELS, sources.position(0), tape.cpu(), Tape.attributes());
        Tensor output = tape.tensor(description.dst_desc());
        arguments.put(dnnl.DNNL_ARG_DST, output);
        tape.call(description, new concat(description), arguments);
        return output;
    }
}
