package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.Optional;

/**
 * A kernel that goes over a map, its padding resolved with the map's extents.
 *
 * @param kernel height and width
 * @param stride down and across
 * @param dilation down and across
 * @param before above and left
 * @param after below and right, with what rounding up adds
 * @param added what rounding up added to {@code after}
 * @param same whether the padding is what TensorFlow calls SAME, put below and right where it is uneven
 * @param height of the result
 * @param width of the result
 */
record Window(
        int[] kernel, int[] stride, int[] dilation, int[] before, int[] after, int[] added, boolean same, long height, long width) {

    /** Beyond every image, and far from where ints overflow. */
    private static final long LARGEST = 1 << 14;

    private static final String DAMAGED = "The file is damaged; export the network again";

    /**
     * @param kernel height and width
     * @param roundsUp whether a place at the end that the kernel covers in part counts
     * @param openSides whether the extents are only tried out
     */
    static Window of(Operation operation, int[] kernel, Extents extents, boolean roundsUp, boolean openSides) {
        int[] stride = pair(operation, "strides", 1);
        int[] dilation = pair(operation, "dilations", 1);
        long[] input = {extents.height(), extents.width()};
        int[] before = new int[2];
        int[] after = new int[2];
        int[] added = new int[2];
        long[] output = new long[2];
        String auto = operation.text("auto_pad", "NOTSET");
        Optional<long[]> pads = operation.integers("pads");
        boolean same = true;
        for (int i = 0; i < 2; i++) {
            long covered = (kernel[i] - 1L) * dilation[i] + 1;
            int missing = (int) Math.max(0, ((input[i] + stride[i] - 1) / stride[i] - 1) * stride[i] + covered - input[i]);
            switch (auto) {
                case "NOTSET", "" -> explicit(operation, pads, i, before, after);
                case "VALID" -> { }
                case "SAME_UPPER" -> spread(missing, missing / 2, i, before, after);
                case "SAME_LOWER" -> spread(missing, missing - missing / 2, i, before, after);
                default -> throw operation.refused("has auto_pad=" + Operation.printable(auto), "Read are NOTSET, VALID, SAME_UPPER and SAME_LOWER");
            }
            added[i] = roundsUp && auto.matches("NOTSET|VALID|") ? roundedUp(input[i], covered, stride[i], before[i], after[i], openSides) : 0;
            after[i] += added[i];
            long room = input[i] + before[i] + after[i] - covered;
            if (room < 0) {
                throw operation.refused("has a kernel that covers " + covered + " pixels, and its input has " + input[i] + " with padding of "
                        + (before[i] + after[i]), "Images must be larger");
            }
            output[i] = room / stride[i] + 1;
            same &= before[i] + after[i] == missing && before[i] == missing / 2;
        }
        boolean saysSame = auto.equals("SAME_UPPER");
        return new Window(kernel, stride, dilation, before, after, added, saysSame || same && !openSides, output[0], output[1]);
    }

    private static void explicit(Operation operation, Optional<long[]> pads, int axis, int[] before, int[] after) {
        long[] given = pads.orElse(new long[4]);
        if (given.length != 4 || Arrays.stream(given).anyMatch(pad -> pad < 0 || pad > LARGEST)) {
            throw operation.refused("has pads=" + Arrays.toString(given) + "; read are four from 0 to " + LARGEST, DAMAGED);
        }
        before[axis] = (int) given[axis];
        after[axis] = (int) given[axis + 2];
    }

    private static void spread(int missing, int first, int axis, int[] before, int[] after) {
        before[axis] = first;
        after[axis] = missing - first;
    }

    /** Padding that makes the last place whole. It must not begin beyond the input, as in PyTorch. */
    private static int roundedUp(long input, long covered, int stride, int before, int after, boolean openSides) {
        if (openSides && before + after == 0 && covered >= stride) {
            // Whatever the extent: what is too much of it reaches no further place.
            return stride - 1;
        }
        long room = Math.max(0, input + before + after - covered);
        long places = (room + stride - 1) / stride + 1;
        if ((places - 1) * stride >= input + before) {
            places--;
        }
        return (int) Math.max(0, (places - 1) * stride + covered - (input + before + after));
    }

    /** The attribute of two numbers from 1, or the same twice where it is absent. */
    private static int[] pair(Operation operation, String attribute, long absent) {
        return pair(operation, attribute, operation.integers(attribute).orElse(new long[] {absent, absent}));
    }

    /** The kernel's height and width. */
    static int[] kernel(Operation operation) {
        return pair(operation, "kernel_shape", operation.integers("kernel_shape").orElse(new long[0]));
    }

    static int[] pair(Operation operation, String what, long[] numbers) {
        if (numbers.length != 2 || Arrays.stream(numbers).anyMatch(n -> n < 1 || n > LARGEST)) {
            throw operation.refused("has " + what + "=" + Arrays.toString(numbers) + "; read are two numbers, 1 to " + LARGEST
                    + ", for height and width", "Read are networks of images");
        }
        return Arrays.stream(numbers).mapToInt(n -> (int) n).toArray();
    }

    boolean isEven() {
        return Arrays.equals(before, after);
    }

    boolean isUnpadded() {
        return before[0] + before[1] + after[0] + after[1] == 0;
    }

    boolean addedAny() {
        return added[0] + added[1] > 0;
    }

    /** The map with the padding around it. */
    Extents padded(Extents extents) {
        return extents.withMap(extents.height() + before[0] + after[0], extents.width() + before[1] + after[1]);
    }
}
