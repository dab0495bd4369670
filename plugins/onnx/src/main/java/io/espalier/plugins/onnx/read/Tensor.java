package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/**
 * Numbers that the file holds or that follow from its shapes: floating point, kept as float32, or whole numbers and truths,
 * kept as int64. Those of weights are decoded when they are asked for, each time anew, so that a large network is not in
 * memory twice.
 */
final class Tensor implements Value {

    private final long[] shape;
    private final Supplier<float[]> floats;
    private final Supplier<long[]> integers;

    private Tensor(long[] shape, Supplier<float[]> floats, Supplier<long[]> integers) {
        this.shape = shape;
        this.floats = floats;
        this.integers = integers;
    }

    static Tensor ofFloats(long[] shape, float... values) {
        requireLength(shape, values.length);
        return new Tensor(shape.clone(), () -> values, null);
    }

    static Tensor ofIntegers(long[] shape, long... values) {
        requireLength(shape, values.length);
        return new Tensor(shape.clone(), null, () -> values);
    }

    /** @param values gives as many as the shape says */
    static Tensor lazyFloats(long[] shape, Supplier<float[]> values) {
        return new Tensor(shape.clone(), values, null);
    }

    private static void requireLength(long[] shape, int length) {
        if (length(shape) != length) {
            throw new IllegalArgumentException(length + " numbers for the shape " + Arrays.toString(shape));
        }
    }

    /** Numbers of that shape. Throws ArithmeticException when there are more than a long holds. */
    static long length(long[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    int rank() {
        return shape.length;
    }

    long extent(int axis) {
        return shape[axis];
    }

    int length() {
        return Math.toIntExact(length(shape));
    }

    boolean isFloat() {
        return floats != null;
    }

    /** Its numbers, row by row; not to be written. */
    float[] floats() {
        if (isFloat()) {
            return floats.get();
        }
        long[] whole = integers.get();
        float[] all = new float[whole.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = whole[i];
        }
        return all;
    }

    /** Its numbers if they are whole numbers or truths, row by row; not to be written. Cut off towards 0 if they are not. */
    long[] integers() {
        if (!isFloat()) {
            return integers.get();
        }
        float[] numbers = floats.get();
        long[] all = new long[numbers.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (long) numbers[i];
        }
        return all;
    }

    /** The same numbers in another shape of as many. */
    Tensor reshaped(long[] other) {
        return new Tensor(other.clone(), floats, integers);
    }

    /**
     * A tensor made of numbers of this one.
     *
     * @param source for each index, counted row by row, the index in this tensor
     */
    Tensor select(long[] other, LongUnaryOperator source) {
        int length = Math.toIntExact(length(other));
        if (isFloat()) {
            float[] from = floats.get();
            float[] to = new float[length];
            for (int i = 0; i < length; i++) {
                to[i] = from[(int) source.applyAsLong(i)];
            }
            return ofFloats(other, to);
        }
        long[] from = integers.get();
        long[] to = new long[length];
        for (int i = 0; i < length; i++) {
            to[i] = from[(int) source.applyAsLong(i)];
        }
        return ofIntegers(other, to);
    }

    /** Steps from one index to the next along each axis, row by row. */
    static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step = Math.multiplyExact(step, shape[axis]);
        }
        return strides;
    }

    @Override
    public String toString() {
        return (isFloat() ? "float" : "integer") + Arrays.toString(shape);
    }
}
