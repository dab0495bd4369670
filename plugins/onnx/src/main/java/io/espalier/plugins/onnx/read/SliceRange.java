package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What Slice takes of one axis.
 *
 * @param start first place
 * @param step to the next one; negative backwards
 * @param length how many places
 * @param extent of the axis before
 */
record SliceRange(long start, long step, long length, long extent) {

    private static final String DAMAGED = "The file is damaged; export the network again";

    /** Where the numbers come from: attributes in old files, inputs in newer ones. */
    @FunctionalInterface
    interface Numbers {
        Optional<long[]> of(String attribute, int index);
    }

    /** One of each axis. */
    static SliceRange[] of(Operation operation, long[] shape, Numbers numbers) {
        long[] starts = required(operation, numbers.of("starts", 1), "starts");
        long[] ends = required(operation, numbers.of("ends", 2), "ends");
        long[] axes = numbers.of("axes", 3).orElseGet(() -> LongStream.range(0, starts.length).toArray());
        long[] steps = numbers.of("steps", 4).orElseGet(() -> LongStream.range(0, starts.length).map(i -> 1).toArray());
        if (ends.length != starts.length || axes.length != starts.length || steps.length != starts.length) {
            throw operation.refused("has " + starts.length + " starts, " + ends.length + " ends, " + axes.length + " axes and "
                    + steps.length + " steps", DAMAGED);
        }
        SliceRange[] ranges = Arrays.stream(shape).mapToObj(extent -> new SliceRange(0, 1, extent, extent)).toArray(SliceRange[]::new);
        int[] counted = Construction.axes(operation, axes, shape.length);
        for (int i = 0; i < counted.length; i++) {
            ranges[counted[i]] = of(operation, shape[counted[i]], starts[i], ends[i], steps[i]);
        }
        return ranges;
    }

    private static long[] required(Operation operation, Optional<long[]> numbers, String what) {
        return numbers.orElseThrow(() -> operation.refused("lacks its " + what, DAMAGED));
    }

    private static SliceRange of(Operation operation, long extent, long start, long end, long step) {
        if (step == 0 || step == Long.MIN_VALUE) {
            throw operation.refused("has the step " + step, DAMAGED);
        }
        long first = clamped(start < 0 ? start + extent : start, 0, step > 0 ? extent : extent - 1);
        long last = clamped(end < 0 ? end + extent : end, step > 0 ? 0 : -1, extent);
        long span = step > 0 ? last - first : first - last;
        long size = Math.abs(step);
        return new SliceRange(first, step, span <= 0 ? 0 : (span - 1) / size + 1, extent);
    }

    private static long clamped(long value, long least, long most) {
        return Math.max(least, Math.min(most, value));
    }

    long at(long index) {
        return start + index * step;
    }

    boolean isWhole() {
        return start == 0 && step == 1 && length == extent;
    }
}
