package io.espalier.engine.onednn;

import java.util.Arrays;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.FloatPointer;

/**
 * A tensor of a plan: a layout, and where its numbers lie.
 *
 * @param desc extents and layout
 * @param storage where it lies; several tensors may be views of one storage
 */
record Tensor(memory.desc desc, Storage storage) {

    /** The same numbers seen with another layout. */
    Tensor seenAs(memory.desc other) {
        return new Tensor(other, storage);
    }

    long[] extents() {
        return Shapes.extents(desc);
    }

    long channels() {
        return extents()[Shapes.CHANNELS];
    }

    /** Number of numbers, without what a blocked layout adds. */
    long length() {
        return Shapes.product(extents());
    }

    boolean hasLayout(memory.desc other) {
        return desc.equals(other);
    }

    @Override
    public String toString() {
        return Arrays.toString(extents());
    }

    /** Copies a tensor in C order out; only once the plan has its memory. */
    void read(float[] values) {
        new FloatPointer(storage.place()).get(values);
    }

    void write(float[] values) {
        new FloatPointer(storage.place()).put(values);
    }
}
