package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Folding.Operands;
import java.util.Arrays;

/** What exporters leave around weights that a network standardises itself, and around paddings that it reckons out. */
final class WeightFolds {

    private WeightFolds() {}

    static Tensor clip(Operands operands) {
        Tensor data = operands.tensor(0);
        if (!data.isFloat() && (operands.operation().has("min") || operands.operation().has("max"))) {
            throw operands.refused("limits whole numbers by floating-point ones");
        }
        double min = bound(operands, "min", 1, Double.NEGATIVE_INFINITY);
        double max = bound(operands, "max", 2, Double.POSITIVE_INFINITY);
        // Where the limits cross the upper one wins, as the standard has it.
        return Elementwise.unary(operands, a -> Math.min(Math.max(a, min), max), a -> (long) Math.min(Math.max(a, min), max));
    }

    private static double bound(Operands operands, String name, int index, double none) {
        if (operands.operation().has(name)) {
            return operands.operation().number(name, none);
        }
        return operands.optional(index).map(limit -> {
            if (limit.length() != 1) {
                throw operands.refused("has " + limit.length() + " numbers as its " + name + ", which must be one");
            }
            return limit.isFloat() ? limit.floats()[0] : (double) limit.integers()[0];
        }).orElse(none);
    }

    /** Sums are in float64. */
    static Tensor mean(Operands operands) {
        Tensor data = operands.tensor(0);
        boolean[] gone = reduced(operands, data);
        boolean keep = operands.operation().integer("keepdims", 1) != 0;
        if (!data.isFloat()) {
            throw operands.refused("takes the mean of whole numbers");
        }
        long[] kept = data.shape();
        for (int axis = 0; axis < kept.length; axis++) {
            kept[axis] = gone[axis] ? 1 : kept[axis];
        }
        int length = (int) Tensor.length(operands.claim(kept));
        double[] sums = new double[length];
        float[] numbers = data.floats();
        var place = Elementwise.source(kept, data.shape());
        for (int i = 0; i < numbers.length; i++) {
            sums[(int) place.applyAsLong(i)] += numbers[i];
        }
        float[] means = new float[length];
        for (int i = 0; i < length; i++) {
            means[i] = (float) (sums[i] * length / numbers.length);
        }
        Tensor all = Tensor.ofFloats(kept, means);
        return keep ? all : all.reshaped(without(data.shape(), gone));
    }

    private static boolean[] reduced(Operands operands, Tensor data) {
        long[] axes = operands.integers("axes", 1).orElse(new long[0]);
        boolean none = operands.operation().integer("noop_with_empty_axes", 0) != 0;
        boolean[] gone = new boolean[data.rank()];
        Arrays.fill(gone, axes.length == 0 && !none);
        for (long axis : axes) {
            gone[Construction.axis(operands.operation(), axis, data.rank())] = true;
        }
        return gone;
    }

    private static long[] without(long[] shape, boolean[] gone) {
        long[] left = new long[shape.length];
        int count = 0;
        for (int axis = 0; axis < shape.length; axis++) {
            if (!gone[axis]) {
                left[count++] = shape[axis];
            }
        }
        return Arrays.copyOf(left, count);
    }

    /**
     * (x - mean) / sqrt(variance + epsilon) * scale + shift, along the second axis. In training mode, which is how kernels are
     * standardised, mean and variance are those of x itself.
     */
    static Tensor batchNorm(Operands operands) {
        Tensor data = operands.tensor(0);
        double epsilon = operands.operation().number("epsilon", 1e-5);
        operands.operation().ignore("momentum");
        if (data.rank() < 2 || !data.isFloat()) {
            throw operands.operation().refused("normalises the constant " + data, "Read is what normalises along the second axis");
        }
        int channels = Math.toIntExact(data.extent(1));
        long inner = Tensor.length(Arrays.copyOfRange(data.shape(), 2, data.rank()));
        float[] from = data.floats();
        float[] scale = numbers(operands, 1, channels);
        float[] shift = numbers(operands, 2, channels);
        boolean own = operands.operation().integer("training_mode", 0) != 0;
        double[] mean = own ? means(from, new double[channels], 1, inner) : doubles(numbers(operands, 3, channels));
        double[] variance = own ? means(from, mean, 2, inner) : doubles(numbers(operands, 4, channels));
        float[] to = new float[(int) Tensor.length(operands.claim(data.shape()))];
        for (int i = 0; i < to.length; i++) {
            int c = (int) (i / inner % channels);
            to[i] = (float) ((from[i] - mean[c]) / Math.sqrt(variance[c] + epsilon) * scale[c] + shift[c]);
        }
        return Tensor.ofFloats(data.shape(), to);
    }

    /** Of the differences from a centre, to a power, by channel. */
    private static double[] means(float[] numbers, double[] centres, int power, long inner) {
        double[] sums = new double[centres.length];
        for (int i = 0; i < numbers.length; i++) {
            int c = (int) (i / inner % centres.length);
            sums[c] += Math.pow(numbers[i] - centres[c], power);
        }
        return Arrays.stream(sums).map(sum -> sum * centres.length / numbers.length).toArray();
    }

    private static float[] numbers(Operands operands, int index, int channels) {
        float[] numbers = operands.tensor(index).floats();
        if (numbers.length != channels) {
            throw operands.refused("has " + numbers.length + " numbers for " + channels + " channels");
        }
        return numbers;
    }

    private static double[] doubles(float[] numbers) {
        double[] all = new double[numbers.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = numbers[i];
        }
        return all;
    }
}
