package io.espalier.engine.onednn;

import org.bytedeco.dnnl.memory;

/** Copies between a tensor and a box within another. */
final class Box {

    private Box() {}

    /** What lies in a box, as a tensor of its own. */
    static Tensor cut(Tape tape, Tensor whole, long[] extents, long[] offsets) {
        memory.desc box = whole.desc().submemory_desc(extents, offsets, true);
        if (box.is_zero()) {
            // The box cuts through blocks of channels.
            return cut(tape, tape.plain(whole), extents, offsets);
        }
        Tensor part = tape.tensor(Shapes.like(whole.desc(), extents));
        tape.copy(whole.seenAs(box), part);
        return part;
    }

    /**
     * A tensor with another one in a box of it, and something else around.
     *
     * @param fill writes the whole before the part is copied into it
     */
    static Tensor put(Tape tape, Tensor part, long[] extents, long[] offsets, Fill fill) {
        memory.desc desc = Shapes.like(part.desc(), extents);
        memory.desc box = desc.submemory_desc(part.extents(), offsets, true);
        if (box.is_zero()) {
            return put(tape, tape.plain(part), extents, offsets, fill);
        }
        Tensor whole = tape.tensor(desc);
        fill.write(tape, whole);
        tape.copy(part, whole.seenAs(box));
        return whole;
    }

    /** Writes a whole tensor. */
    interface Fill {
        void write(Tape tape, Tensor tensor);
    }
}
