package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** How operations that move no number change shapes; the same for constants and for feature maps. */
final class Shapes {

    private static final int DEEPEST = 16;
    private static final String DAMAGED = "The file is damaged; export the network again";

    private Shapes() {}

    /** Which axes go. */
    static boolean[] squeezed(Operation operation, long[] shape, Optional<long[]> axes) {
        boolean[] gone = new boolean[shape.length];
        int[] which = axes.map(given -> Construction.axes(operation, given, shape.length))
                .orElseGet(() -> IntStream.range(0, shape.length).filter(i -> shape[i] == 1).toArray());
        for (int axis : which) {
            if (shape[axis] != 1) {
                throw operation.refused("takes out axis " + axis + " of " + Arrays.toString(shape) + ", which is not 1", DAMAGED);
            }
            gone[axis] = true;
        }
        return gone;
    }

    static long[] unsqueezed(Operation operation, long[] shape, long[] axes) {
        boolean[] added = added(operation, shape.length, axes);
        long[] out = new long[added.length];
        int from = 0;
        for (int i = 0; i < out.length; i++) {
            out[i] = added[i] ? 1 : shape[from++];
        }
        return out;
    }

    /** Which axes of the result are new. */
    static boolean[] added(Operation operation, int rank, long[] axes) {
        if (rank + axes.length > DEEPEST) {
            throw operation.refused("makes " + (rank + axes.length) + " axes", DAMAGED);
        }
        boolean[] added = new boolean[rank + axes.length];
        for (int axis : Construction.axes(operation, axes, added.length)) {
            added[axis] = true;
        }
        return added;
    }

    /** The attribute {@code perm}: for each axis of the result the one it comes from. */
    static int[] order(Operation operation, int rank) {
        long[] order = operation.integers("perm").orElseGet(() -> LongStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        if (order.length != rank) {
            throw operation.refused("puts " + order.length + " axes into order where there are " + rank, DAMAGED);
        }
        return Construction.axes(operation, order, rank);
    }

    /** The shape that Reshape asks for, with 0 (as it is) and -1 (what is left) resolved. */
    static long[] reshaped(Operation operation, long[] from, long[] wanted) {
        boolean zeroIsZero = operation.integer("allowzero", 0) != 0;
        long[] out = wanted.clone();
        if (out.length > DEEPEST) {
            throw operation.refused("makes " + out.length + " axes", DAMAGED);
        }
        int open = -1;
        long known = 1;
        for (int i = 0; i < out.length; i++) {
            if (out[i] == 0 && !zeroIsZero && i < from.length) {
                out[i] = from[i];
            }
            if (out[i] == -1 && open < 0) {
                open = i;
            } else if (out[i] < 0) {
                throw impossible(operation, from, wanted);
            } else {
                known = Math.multiplyExact(known, out[i]);
            }
        }
        long all = Tensor.length(from);
        if (open >= 0) {
            if (known == 0 || all % known != 0) {
                throw impossible(operation, from, wanted);
            }
            out[open] = all / known;
        } else if (known != all) {
            throw impossible(operation, from, wanted);
        }
        return out;
    }

    private static RuntimeException impossible(Operation operation, long[] from, long[] wanted) {
        return operation.refused("reshapes " + Arrays.toString(from) + " to " + Arrays.toString(wanted) + ", which holds another number of values",
                "Export the network with the size of its images that it was made for");
    }

    static long[] broadcast(Operation operation, long[] a, long[] b) {
        long[] out = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= out.length; i++) {
            long left = i <= a.length ? a[a.length - i] : 1;
            long right = i <= b.length ? b[b.length - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw operation.refused("joins " + Arrays.toString(a) + " and " + Arrays.toString(b) + ", which do not fit", DAMAGED);
            }
            out[out.length - i] = left == 1 ? right : left;
        }
        return out;
    }
}
