package io.espalier.engine.onednn;

import io.espalier.layers.ConstantPadding;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A constant around each image.
 *
 * @param before channels, rows and columns before the first
 * @param after channels, rows and columns after the last
 * @param value of what is added
 */
record Padding(long[] before, long[] after, double value) implements Operation {

    /** Rows or columns of zeros. */
    static Padding ofZeros(long top, long bottom, long left, long right) {
        return new Padding(new long[] {0, top, left}, new long[] {0, bottom, right}, 0);
    }

    static Padding of(ConstantPadding layer) {
        int[] channels = layer.getChannels();
        int[] rows = layer.getRows();
        int[] columns = layer.getColumns();
        return new Padding(
                new long[] {channels[0], rows[0], columns[0]}, new long[] {channels[1], rows[1], columns[1]}, layer.getValue());
    }

    boolean isOfZerosInSpace() {
        return value == 0 && before[0] == 0 && after[0] == 0;
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long[] extents = input.extents();
        long[] offsets = new long[extents.length];
        for (int axis = Shapes.CHANNELS; axis < extents.length; axis++) {
            offsets[axis] = before[axis - 1];
            extents[axis] += before[axis - 1] + after[axis - 1];
        }
        Tensor output = Box.put(tape, input, extents, offsets, this::fill);
        return new Forward(output, (t, gradient, wanted) -> Arrays.asList(Box.cut(t, gradient, input.extents(), offsets)));
    }

    private void fill(Tape tape, Tensor tensor) {
        if (value == 0) {
            Slice.zero(tape, tensor);
            return;
        }
        long[] extents = tensor.extents();
        Weight constant = Weight.of(
                value + Arrays.toString(extents), Set.of(), p -> Nd4j.valueArrayOf(extents, value, DataType.FLOAT), extents);
        tape.copy(tape.weight(constant, tensor.desc()), tensor);
    }
}
