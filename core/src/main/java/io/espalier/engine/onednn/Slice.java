package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * A box out of each image.
 *
 * @param from first channel, row and column that stays
 * @param leftOut channels, rows and columns after the last that stays
 */
record Slice(long[] from, long[] leftOut) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long[] whole = input.extents();
        long[] extents = whole.clone();
        long[] offsets = new long[whole.length];
        for (int axis = Shapes.CHANNELS; axis < whole.length; axis++) {
            offsets[axis] = from[axis - 1];
            extents[axis] -= from[axis - 1] + leftOut[axis - 1];
        }
        Tensor output = Box.cut(tape, input, extents, offsets);
        return new Forward(output, (t, gradient, wanted) -> Arrays.asList(Box.put(t, gradient, whole, offsets, Slice::zero)));
    }

    static void zero(Tape tape, Tensor tensor) {
        tape.host("zeros", List.of(tensor), () -> Pointer.memset(tensor.storage().place(), 0, tensor.desc().get_size()));
    }
}
