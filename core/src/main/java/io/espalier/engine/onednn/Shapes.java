package io.espalier.engine.onednn;

import io.espalier.engine.Precision;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.dnnl.dnnl_blocking_desc_t;
import org.bytedeco.dnnl.dnnl_memory_desc_t;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.LongPointer;

/** Shapes and layouts of tensors. Everything that flows is [batch, channels, height, width]; what is flat has maps of 1x1. */
final class Shapes {

    static final int BATCH = 0;
    static final int CHANNELS = 1;
    static final int HEIGHT = 2;
    static final int WIDTH = 3;

    private Shapes() {}

    /** In whatever layout the primitive likes best. */
    static memory.desc any(long... extents) {
        return new memory.desc(extents, memory.data_type.f32, memory.format_tag.any);
    }

    /** As {@link #any(long...)}, of numbers of a precision. */
    static memory.desc any(Precision precision, long... extents) {
        memory.data_type type = precision == Precision.BF16 ? memory.data_type.bf16 : memory.data_type.f32;
        return new memory.desc(extents, type, memory.format_tag.any);
    }

    /** In C order. */
    static memory.desc plain(long... extents) {
        long[] strides = new long[extents.length];
        long stride = 1;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= extents[axis];
        }
        return strided(extents, strides);
    }

    static memory.desc strided(long[] extents, long[] strides) {
        return new memory.desc(extents, memory.data_type.f32, strides);
    }

    static long[] extents(memory.desc desc) {
        dnnl_memory_desc_t data = desc.data();
        LongPointer extents = data.dims();
        long[] result = new long[data.ndims()];
        for (int axis = 0; axis < result.length; axis++) {
            result[axis] = extents.get(axis);
        }
        return result;
    }

    /** The blocks and the order of axes of a layout, for other extents. */
    static memory.desc like(memory.desc layout, long... extents) {
        memory.desc result = new memory.desc(layout.data());
        dnnl_memory_desc_t data = result.data();
        dnnl_blocking_desc_t blocking = data.format_desc_blocking();
        long[] blocks = new long[extents.length];
        Arrays.fill(blocks, 1);
        long stride = 1;
        for (int i = 0; i < blocking.inner_nblks(); i++) {
            blocks[(int) blocking.inner_idxs().get(i)] *= blocking.inner_blks().get(i);
            stride *= blocking.inner_blks().get(i);
        }
        for (int axis : innermostFirst(blocking.strides(), extents.length)) {
            long outer = (extents[axis] + blocks[axis] - 1) / blocks[axis];
            data.dims().put(axis, extents[axis]);
            data.padded_dims().put(axis, outer * blocks[axis]);
            data.padded_offsets().put(axis, 0);
            blocking.strides().put(axis, stride);
            stride *= outer;
        }
        data.offset0(0);
        return result;
    }

    /** How many channels lie in a block; 1 where they lie in none, or other axes are in blocks too. */
    static long channelsInBlock(memory.desc layout) {
        dnnl_blocking_desc_t blocking = layout.data().format_desc_blocking();
        return blocking.inner_nblks() == 1 && blocking.inner_idxs().get(0) == CHANNELS ? blocking.inner_blks().get(0) : 1;
    }

    /** Whether its numbers lie without gaps: no box of something larger. */
    static boolean isWhole(memory.desc desc) {
        LongPointer padded = desc.data().padded_dims();
        long numbers = 1;
        for (int axis = 0; axis < desc.data().ndims(); axis++) {
            numbers *= padded.get(axis);
        }
        return desc.data().offset0() == 0 && desc.get_size() == numbers * Float.BYTES;
    }

    private static List<Integer> innermostFirst(LongPointer strides, int axes) {
        long[] copy = new long[axes];
        strides.get(copy);
        return IntStream.range(0, axes)
                .boxed()
                .sorted(Comparator.<Integer>comparingLong(axis -> copy[axis]).thenComparing(Comparator.reverseOrder()))
                .toList();
    }

    static long product(long... extents) {
        long product = 1;
        for (long extent : extents) {
            product *= extent;
        }
        return product;
    }
}
