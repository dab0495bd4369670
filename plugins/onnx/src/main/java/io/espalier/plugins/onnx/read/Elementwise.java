package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Folding.Operands;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Arithmetic on constants, number by number, the smaller one repeated as ONNX (and numpy) do it. */
final class Elementwise {

    /** Compares two numbers. */
    @FunctionalInterface
    interface Comparison {
        boolean holds(double a, double b);
    }

    private Elementwise() {}

    static Tensor unary(Operands operands, DoubleUnaryOperator floats, LongUnaryOperator integers) {
        Tensor data = operands.tensor(0);
        operands.claim(data.shape());
        if (data.isFloat()) {
            float[] from = data.floats();
            float[] to = new float[from.length];
            for (int i = 0; i < to.length; i++) {
                to[i] = (float) floats.applyAsDouble(from[i]);
            }
            return Tensor.ofFloats(data.shape(), to);
        }
        if (integers == null) {
            throw operands.refused("works on whole numbers");
        }
        long[] from = data.integers();
        long[] to = new long[from.length];
        for (int i = 0; i < to.length; i++) {
            to[i] = integers.applyAsLong(from[i]);
        }
        return Tensor.ofIntegers(data.shape(), to);
    }

    /** @param integers throws ArithmeticException where the result is too large, or there is none */
    static Tensor binary(Operands operands, DoubleBinaryOperator floats, LongBinaryOperator integers) {
        operands.operation().ignore("fmod");
        if (operands.tensors().size() > 2) {
            throw operands.operation().refused("joins " + operands.tensors().size() + " constants", "Export the network with constants folded");
        }
        Tensor a = operands.tensor(0);
        Tensor b = operands.tensor(1);
        if (a.isFloat() != b.isFloat()) {
            throw operands.refused("mixes " + a + " and " + b);
        }
        long[] out = operands.claim(Shapes.broadcast(operands.operation(), a.shape(), b.shape()));
        LongUnaryOperator fromA = source(a.shape(), out);
        LongUnaryOperator fromB = source(b.shape(), out);
        int length = (int) Tensor.length(out);
        if (a.isFloat()) {
            if (floats == null) {
                throw operands.refused("works on floating-point numbers");
            }
            float[] left = a.floats();
            float[] right = b.floats();
            float[] all = new float[length];
            for (int i = 0; i < length; i++) {
                all[i] = (float) floats.applyAsDouble(left[(int) fromA.applyAsLong(i)], right[(int) fromB.applyAsLong(i)]);
            }
            return Tensor.ofFloats(out, all);
        }
        long[] left = a.integers();
        long[] right = b.integers();
        long[] all = new long[length];
        for (int i = 0; i < length; i++) {
            all[i] = integers.applyAsLong(left[(int) fromA.applyAsLong(i)], right[(int) fromB.applyAsLong(i)]);
        }
        return Tensor.ofIntegers(out, all);
    }

    static Tensor truth(Operands operands, Comparison comparison) {
        Tensor a = operands.tensor(0);
        Tensor b = operands.tensor(1);
        long[] out = operands.claim(Shapes.broadcast(operands.operation(), a.shape(), b.shape()));
        LongUnaryOperator fromA = source(a.shape(), out);
        LongUnaryOperator fromB = source(b.shape(), out);
        // Extents are far below 2^24, where float32 counts exactly.
        float[] left = a.floats();
        float[] right = b.floats();
        long[] all = new long[(int) Tensor.length(out)];
        for (int i = 0; i < all.length; i++) {
            all[i] = comparison.holds(left[(int) fromA.applyAsLong(i)], right[(int) fromB.applyAsLong(i)]) ? 1 : 0;
        }
        return Tensor.ofIntegers(out, all);
    }

    /** For each index of the larger shape, row by row, the one in the smaller that is repeated there. */
    static LongUnaryOperator source(long[] from, long[] to) {
        long[] fromSteps = Tensor.strides(from);
        long[] toSteps = Tensor.strides(to);
        int shift = to.length - from.length;
        return i -> {
            long source = 0;
            for (int axis = 0; axis < from.length; axis++) {
                if (from[axis] != 1) {
                    source += i / toSteps[axis + shift] % to[axis + shift] * fromSteps[axis];
                }
            }
            return source;
        };
    }
}
