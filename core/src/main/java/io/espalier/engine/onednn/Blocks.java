package io.espalier.engine.onednn;

import java.util.Optional;
import java.util.Set;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Channels in blocks, seen as whole blocks: what fills the last block up counts as channels of zeros. So a tensor is copied to any
 * block of another one as it is; where it begins within a block its channels are first moved by a 1x1 convolution with ones in
 * the right places, which is exact. The library itself concatenates and cuts within blocks by way of C order, in its reference
 * code.
 *
 * @param layout whose blocks they are
 * @param size channels in a block
 */
record Blocks(memory.desc layout, long size) {

    static Blocks of(Tensor tensor) {
        return new Blocks(tensor.desc(), Shapes.channelsInBlock(tensor.desc()));
    }

    boolean areNone() {
        return size == 1;
    }

    /** How far within its block a channel is. */
    long within(long channel) {
        return channel % size;
    }

    /** Whole blocks that so many channels lie in, in channels. */
    private long filled(long channels) {
        return (channels + size - 1) / size * size;
    }

    private static long[] with(long[] extents, long channels) {
        long[] result = extents.clone();
        result[Shapes.CHANNELS] = channels;
        return result;
    }

    memory.desc ofExtents(long[] extents) {
        return Shapes.like(layout, extents);
    }

    /** Whole blocks of a tensor, from a block's first channel on. */
    private Tensor box(Tensor tensor, long from, long channels) {
        long[] extents = tensor.extents();
        memory.desc whole = ofExtents(with(extents, filled(tensor.channels())));
        return tensor.seenAs(whole.submemory_desc(with(extents, channels), new long[] {0, from, 0, 0}, true));
    }

    /** Writes channels into a tensor in which those below are there already. */
    void put(Tape tape, Tensor part, Tensor whole, long from) {
        long behind = within(from);
        Tensor moved = behind == 0 ? part : convolved(tape, part, behind + part.channels(), -behind);
        Tensor blocks = tape.as(moved, ofExtents(moved.extents()));
        long begin = from - behind;
        long all = filled(moved.channels());
        long shared = behind == 0 ? 0 : size;
        if (shared > 0) {
            tape.add(box(blocks, 0, shared), box(whole, begin, shared));
        }
        if (shared < all) {
            tape.copy(box(blocks, shared, all - shared), box(whole, begin + shared, all - shared));
        }
    }

    /** Some channels of a tensor, as a tensor of their own. */
    Tensor cut(Tape tape, Tensor whole, long from, long channels) {
        long behind = within(from);
        if (behind > 0) {
            return selected(tape, whole, from - behind, behind, channels);
        }
        Tensor part = tape.tensor(ofExtents(with(whole.extents(), channels)));
        long full = channels - within(channels);
        if (full > 0) {
            tape.copy(box(whole, from, full), box(part, 0, full));
        }
        if (full < channels) {
            // What fills the last block up must be zeros, not the channels that follow.
            Tensor rest = selected(tape, whole, from + full, 0, channels - full);
            tape.copy(box(tape.as(rest, ofExtents(rest.extents())), 0, size), box(part, full, size));
        }
        return part;
    }

    private Tensor selected(Tape tape, Tensor whole, long block, long behind, long channels) {
        long all = filled(behind + channels);
        Tensor blocks = tape.tensor(ofExtents(with(whole.extents(), all)));
        tape.copy(box(whole, block, all), blocks);
        return convolved(tape, blocks, channels, behind);
    }

    /** @param offset by how much a channel's number is higher before than after */
    private static Tensor convolved(Tape tape, Tensor tensor, long channels, long offset) {
        long before = tensor.channels();
        // In groups, of which there is one: those stay float32 whatever the precision.
        Weight ones = Weight.of("ones " + channels + " " + before + " " + offset, Set.of(), p -> diagonal(channels, before, offset), 1, channels, before, 1, 1);
        return new Kernel(ones, Optional.empty(), Geometry.POINTWISE).forward(tape, tensor, Activation.IDENTITY);
    }

    private static INDArray diagonal(long rows, long columns, long offset) {
        INDArray ones = Nd4j.zeros(DataType.FLOAT, rows, columns);
        for (long row = Math.max(0, -offset); row < rows && row + offset < columns; row++) {
            ones.putScalar(row, row + offset, 1);
        }
        return ones;
    }
}
