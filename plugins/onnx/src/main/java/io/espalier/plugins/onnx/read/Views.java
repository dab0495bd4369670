package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Operations that compute nothing: they vanish, and what a value's indices run over is kept in mind. */
final class Views {

    static final Map<String, Operator> OPERATORS = Map.of(
            "Identity", Views::same,
            "Dropout", Views::dropout,
            "Cast", Views::cast,
            "Transpose", Views::transpose,
            "Reshape", Views::reshape,
            "Flatten", Views::flatten,
            "Squeeze", Views::squeeze,
            "Unsqueeze", Views::unsqueeze);

    private Views() {}

    private static void same(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        construction.give(operation, input.viewed(operation.output(), input.axes()));
    }

    private static void dropout(Operation operation, Construction construction) {
        operation.ignore("ratio", "seed");
        boolean training = construction.scalar(operation, 2, "training_mode").orElse(0.0) != 0;
        if (training || !construction.graph().isUnused(operation, 1)) {
            throw operation.refused("drops values at random", "Export the network for inference (PyTorch: model.eval())");
        }
        same(operation, construction);
    }

    private static void cast(Operation operation, Construction construction) {
        long to = operation.integer("to", 0);
        operation.ignore("saturate");
        if (!Cast.isFloat(to)) {
            throw operation.refused("casts what is computed from the image to type " + to, "Read are networks that compute in floating point");
        }
        same(operation, construction);
    }

    private static void transpose(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        List<List<Axis>> axes = Arrays.stream(Shapes.order(operation, input.rank())).mapToObj(input.axes()::get).toList();
        construction.give(operation, input.viewed(operation.output(), axes));
    }

    private static void squeeze(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        boolean[] gone = Shapes.squeezed(operation, input.shape(), construction.integers(operation, "axes", 1));
        List<List<Axis>> axes = new ArrayList<>();
        for (int i = 0; i < gone.length; i++) {
            if (!gone[i]) {
                axes.add(input.axes().get(i));
            }
        }
        construction.give(operation, input.viewed(operation.output(), axes));
    }

    private static void unsqueeze(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        long[] which = construction.integers(operation, "axes", 1).orElse(new long[0]);
        Deque<List<Axis>> left = new ArrayDeque<>(input.axes());
        List<List<Axis>> axes = new ArrayList<>();
        for (boolean added : Shapes.added(operation, input.rank(), which)) {
            axes.add(added ? List.of() : left.poll());
        }
        construction.give(operation, input.viewed(operation.output(), axes));
    }

    private static void flatten(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        long axis = operation.integer("axis", 1);
        int at = axis == input.rank() ? input.rank() : Construction.axis(operation, axis, input.rank());
        construction.give(operation, input.viewed(operation.output(), List.of(
                input.axes().subList(0, at).stream().flatMap(List::stream).toList(),
                input.axes().subList(at, input.rank()).stream().flatMap(List::stream).toList())));
    }

    private static void reshape(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        long[] wanted = construction.constant(operation, 1, "shape").integers();
        long[] shape = Shapes.reshaped(operation, input.shape(), wanted);
        construction.give(operation, input.viewed(operation.output(), regrouped(operation, input, shape)));
    }

    /** Which of the axes each extent of the new shape takes, in order. */
    private static List<List<Axis>> regrouped(Operation operation, Feature input, long[] shape) {
        Deque<Axis> left = new ArrayDeque<>(input.axes().stream().flatMap(List::stream).toList());
        List<List<Axis>> axes = new ArrayList<>();
        for (long extent : shape) {
            List<Axis> joined = new ArrayList<>();
            long taken = 1;
            while (taken < extent && !left.isEmpty()) {
                taken *= input.extents().of(left.peek());
                joined.add(left.poll());
            }
            if (taken != extent) {
                throw mixes(operation, input, shape);
            }
            axes.add(joined);
        }
        return axes;
    }

    private static RuntimeException mixes(Operation operation, Feature input, long[] shape) {
        long channels = input.extents().channels();
        boolean shuffles = Arrays.stream(shape).anyMatch(extent -> extent > 1 && extent < channels && channels % extent == 0);
        return operation.refused("reshapes " + input.describe() + " to " + Arrays.toString(shape) + ", which takes an axis apart"
                        + (shuffles ? " (as a channel shuffle does)" : ""),
                "Read are reshapes that join axes or keep them; shuffled channels, pixel shuffles and patches are not read");
    }
}
