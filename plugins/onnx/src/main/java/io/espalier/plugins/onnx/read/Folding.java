package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Computes what does not depend on the images but on their extents at most: the arithmetic on shapes that exporters leave
 * around Reshape and Pad, and weights that are put into another order. The numbers made are counted, so that no file makes
 * many of few.
 */
final class Folding {

    /** Shapes have some numbers each. */
    private static final long MOST_NUMBERS = 1 << 20;

    /** How often the weights may be put into another order. */
    private static final long MOST_COPIES = 8;

    private static final String DAMAGED = "The file is damaged; export the network again";

    /** Computes outputs of constant inputs; an input that is left out is null, as in the file. */
    @FunctionalInterface
    interface Fold {
        Tensor compute(Operands operands);
    }

    static final Map<String, Fold> FOLDS = new TreeMap<>(Map.ofEntries(
            Map.entry("Constant", Folding::constant),
            Map.entry("ConstantOfShape", Folding::constantOfShape),
            Map.entry("Identity", operands -> operands.tensor(0)),
            Map.entry("Cast", Folding::cast),
            Map.entry("Gather", Folding::gather),
            Map.entry("Unsqueeze", Folding::unsqueeze),
            Map.entry("Squeeze", Folding::squeeze),
            Map.entry("Concat", Folding::concat),
            Map.entry("Slice", Folding::slice),
            Map.entry("Transpose", Folding::transpose),
            Map.entry("Reshape", Folding::reshape),
            Map.entry("Flatten", Folding::flatten),
            Map.entry("Expand", Folding::expand),
            Map.entry("Range", Folding::range),
            Map.entry("ReduceProd", Folding::product),
            Map.entry("Where", Folding::where),
            Map.entry("Clip", WeightFolds::clip),
            Map.entry("ReduceMean", WeightFolds::mean),
            Map.entry("BatchNormalization", WeightFolds::batchNorm),
            Map.entry("Neg", operands -> Elementwise.unary(operands, a -> -a, Math::negateExact)),
            Map.entry("Floor", operands -> Elementwise.unary(operands, Math::floor, a -> a)),
            Map.entry("Ceil", operands -> Elementwise.unary(operands, Math::ceil, a -> a)),
            Map.entry("Sqrt", operands -> Elementwise.unary(operands, Math::sqrt, null)),
            Map.entry("Add", operands -> Elementwise.binary(operands, Double::sum, Math::addExact)),
            Map.entry("Sub", operands -> Elementwise.binary(operands, (a, b) -> a - b, Math::subtractExact)),
            Map.entry("Mul", operands -> Elementwise.binary(operands, (a, b) -> a * b, Math::multiplyExact)),
            Map.entry("Div", operands -> Elementwise.binary(operands, (a, b) -> a / b, (a, b) -> a / b)),
            Map.entry("Mod", operands -> Elementwise.binary(operands, null, Math::floorMod)),
            Map.entry("Min", operands -> Elementwise.binary(operands, Math::min, Math::min)),
            Map.entry("Max", operands -> Elementwise.binary(operands, Math::max, Math::max)),
            Map.entry("Equal", operands -> Elementwise.truth(operands, (a, b) -> a == b)),
            Map.entry("Greater", operands -> Elementwise.truth(operands, (a, b) -> a > b)),
            Map.entry("Less", operands -> Elementwise.truth(operands, (a, b) -> a < b))));

    private final Graph graph;
    private final long most;
    private long made;

    Folding(Graph graph) {
        this.graph = graph;
        this.most = MOST_NUMBERS + MOST_COPIES * graph.initializers().values().stream().mapToLong(Tensor::length).sum();
    }

    /** Constants that follow from the file's tensors alone, and those tensors, by name. */
    static Map<String, Tensor> everywhere(Graph graph) {
        Map<String, Value> values = new HashMap<>(graph.initializers());
        Folding folding = new Folding(graph);
        for (Operation operation : graph.operations()) {
            if (operation.inputs().stream().allMatch(name -> name.isEmpty() || values.containsKey(name))) {
                folding.guarded(operation, values);
            }
        }
        Map<String, Tensor> constants = new HashMap<>();
        values.forEach((name, value) -> constants.put(name, (Tensor) value));
        return constants;
    }

    private void guarded(Operation operation, Map<String, Value> values) {
        try {
            folds(operation, values);
        } catch (ArithmeticException e) {
            throw operation.refused("works with numbers that are too large (" + e.getMessage() + ")", DAMAGED);
        }
    }

    /** Computes the operation if all that it needs is known, and says whether it was. */
    boolean folds(Operation operation, Map<String, Value> values) {
        if (operation.type().equals("Shape") || operation.type().equals("Size")) {
            return operation.input(0).map(values::get).map(value -> {
                values.put(operation.output(), operation.type().equals("Shape") ? shape(operation, value.shape()) : size(value.shape()));
                operation.requireNothingElse();
                return true;
            }).orElse(false);
        }
        Fold fold = FOLDS.get(operation.type());
        List<Tensor> tensors = new ArrayList<>();
        for (String name : operation.inputs()) {
            if (!name.isEmpty() && !(values.get(name) instanceof Tensor)) {
                return false;
            }
            tensors.add(name.isEmpty() ? null : (Tensor) values.get(name));
        }
        if (fold == null) {
            return false;
        }
        values.put(operation.output(), fold.compute(new Operands(operation, tensors, graph, this)));
        operation.requireNothingElse();
        return true;
    }

    private static Tensor shape(Operation operation, long[] shape) {
        int from = (int) Math.max(0, Math.min(shape.length, fromEnd(operation.integer("start", 0), shape.length)));
        int to = (int) Math.max(from, Math.min(shape.length, fromEnd(operation.integer("end", shape.length), shape.length)));
        return Tensor.ofIntegers(new long[] {to - from}, Arrays.copyOfRange(shape, from, to));
    }

    private static long fromEnd(long index, int length) {
        return index < 0 ? index + length : index;
    }

    private static Tensor size(long[] shape) {
        return Tensor.ofIntegers(new long[0], Tensor.length(shape));
    }

    /**
     * What a fold reads.
     *
     * @param tensors in the order of the inputs; null where one is left out
     */
    record Operands(Operation operation, List<Tensor> tensors, Graph graph, Folding folding) {

        Tensor tensor(int index) {
            return optional(index).orElseThrow(() -> operation.refused("lacks its input " + (index + 1), DAMAGED));
        }

        Optional<Tensor> optional(int index) {
            return index < tensors.size() ? Optional.ofNullable(tensors.get(index)) : Optional.empty();
        }

        Optional<long[]> integers(String attribute, int index) {
            Optional<long[]> given = operation.integers(attribute);
            return given.isPresent() ? given : optional(index).map(Tensor::integers);
        }

        /** @throws InputException when more numbers would be made than a network needs */
        long[] claim(long... shape) {
            long numbers = Arrays.stream(shape).anyMatch(extent -> extent < 0) ? Long.MAX_VALUE : Tensor.length(shape);
            if (numbers > folding.most - folding.made) {
                throw operation.refused("would make constants of the shape " + Arrays.toString(shape), DAMAGED);
            }
            folding.made += numbers;
            return shape;
        }

        InputException refused(String what) {
            return operation.refused(what, DAMAGED);
        }
    }

    private static Tensor constant(Operands operands) {
        Operation operation = operands.operation();
        Optional<Tensor> value = operation.tensor("value").map(proto -> new Initializers(operands.graph().file()).read(operation.output(), proto));
        if (value.isPresent()) {
            return value.get();
        }
        if (operation.has("value_int")) {
            return Tensor.ofIntegers(new long[0], operation.integer("value_int", 0));
        }
        if (operation.has("value_float")) {
            return Tensor.ofFloats(new long[0], (float) operation.number("value_float", 0));
        }
        Optional<long[]> integers = operation.integers("value_ints");
        if (integers.isPresent()) {
            return Tensor.ofIntegers(new long[] {integers.get().length}, integers.get());
        }
        float[] floats = operation.numbers("value_floats").orElseThrow(() -> operation.refused(
                "holds no number", "Read are value, value_int, value_ints, value_float and value_floats"));
        return Tensor.ofFloats(new long[] {floats.length}, floats);
    }

    private static Tensor constantOfShape(Operands operands) {
        long[] shape = operands.claim(operands.tensor(0).integers().clone());
        Tensor value = operands.operation().tensor("value")
                .map(proto -> new Initializers(operands.graph().file()).read(operands.operation().output(), proto))
                .orElse(Tensor.ofFloats(new long[] {1}, 0));
        if (value.length() != 1) {
            throw operands.refused("has " + value.length() + " values, which must be one");
        }
        return value.select(shape, i -> 0);
    }

    /** Data types by their numbers in the format. */
    private static Tensor cast(Operands operands) {
        long to = operands.operation().integer("to", 0);
        operands.operation().ignore("saturate");
        Tensor from = operands.tensor(0);
        if (Cast.isFloat(to)) {
            return from.isFloat() ? from : Tensor.ofFloats(operands.claim(from.shape()), from.floats());
        }
        if (!Cast.isInteger(to)) {
            throw operands.operation().refused("casts to type " + to, "Read are float types, whole numbers and bool");
        }
        if (to != Cast.BOOL) {
            return from.isFloat() ? Tensor.ofIntegers(operands.claim(from.shape()), from.integers()) : from;
        }
        float[] numbers = from.floats();
        long[] truths = new long[numbers.length];
        for (int i = 0; i < truths.length; i++) {
            truths[i] = numbers[i] == 0 ? 0 : 1;
        }
        return Tensor.ofIntegers(operands.claim(from.shape()), truths);
    }

    private static Tensor gather(Operands operands) {
        Tensor data = operands.tensor(0);
        Tensor which = operands.tensor(1);
        int axis = Construction.axis(operands.operation(), operands.operation().integer("axis", 0), data.rank());
        long extent = data.extent(axis);
        long[] indices = Arrays.stream(which.integers()).map(i -> i < 0 ? i + extent : i).toArray();
        for (long index : indices) {
            if (index < 0 || index >= extent) {
                throw operands.refused("names place " + index + " of " + extent);
            }
        }
        long[] shape = data.shape();
        long[] out = operands.claim(LongStream.concat(
                LongStream.concat(Arrays.stream(shape, 0, axis), Arrays.stream(which.shape())),
                Arrays.stream(shape, axis + 1, shape.length)).toArray());
        long inner = Tensor.length(Arrays.copyOfRange(shape, axis + 1, shape.length));
        return data.select(out, i -> {
            long outer = i / inner / indices.length;
            return (outer * extent + indices[(int) (i / inner % indices.length)]) * inner + i % inner;
        });
    }

    private static Tensor unsqueeze(Operands operands) {
        Tensor data = operands.tensor(0);
        return data.reshaped(Shapes.unsqueezed(operands.operation(), data.shape(), operands.integers("axes", 1).orElse(new long[0])));
    }

    private static Tensor squeeze(Operands operands) {
        Tensor data = operands.tensor(0);
        boolean[] gone = Shapes.squeezed(operands.operation(), data.shape(), operands.integers("axes", 1));
        return data.reshaped(IntStream.range(0, gone.length).filter(i -> !gone[i]).mapToLong(data::extent).toArray());
    }

    private static Tensor concat(Operands operands) {
        Tensor first = operands.tensor(0);
        int axis = Construction.axis(operands.operation(), operands.operation().integer("axis", 0), first.rank());
        long[] out = first.shape();
        long sum = 0;
        for (int i = 0; i < operands.tensors().size(); i++) {
            long[] shape = operands.tensor(i).shape();
            long own = axis < shape.length ? shape[axis] : -1;
            sum = Math.addExact(sum, own);
            if (axis < shape.length) {
                shape[axis] = out[axis];
            }
            if (!Arrays.equals(shape, out) || operands.tensor(i).isFloat() != first.isFloat()) {
                throw operands.refused("joins " + operands.tensors());
            }
        }
        out[axis] = sum;
        operands.claim(out);
        long inner = Tensor.length(Arrays.copyOfRange(out, axis + 1, out.length));
        return first.isFloat()
                ? Tensor.ofFloats(out, joinedFloats(operands.tensors(), axis, inner, (int) Tensor.length(out)))
                : Tensor.ofIntegers(out, joinedIntegers(operands.tensors(), axis, inner, (int) Tensor.length(out)));
    }

    private static float[] joinedFloats(List<Tensor> tensors, int axis, long inner, int length) {
        float[] all = new float[length];
        long row = tensors.stream().mapToLong(t -> t.extent(axis) * inner).sum();
        long offset = 0;
        for (Tensor tensor : tensors) {
            int own = (int) (tensor.extent(axis) * inner);
            float[] from = tensor.floats();
            for (int i = 0; own > 0 && i < from.length / own; i++) {
                System.arraycopy(from, i * own, all, (int) (i * row + offset), own);
            }
            offset += own;
        }
        return all;
    }

    private static long[] joinedIntegers(List<Tensor> tensors, int axis, long inner, int length) {
        long[] all = new long[length];
        long row = tensors.stream().mapToLong(t -> t.extent(axis) * inner).sum();
        long offset = 0;
        for (Tensor tensor : tensors) {
            int own = (int) (tensor.extent(axis) * inner);
            long[] from = tensor.integers();
            for (int i = 0; own > 0 && i < from.length / own; i++) {
                System.arraycopy(from, i * own, all, (int) (i * row + offset), own);
            }
            offset += own;
        }
        return all;
    }

    private static Tensor slice(Operands operands) {
        Tensor data = operands.tensor(0);
        SliceRange[] ranges = SliceRange.of(operands.operation(), data.shape(), operands::integers);
        long[] out = operands.claim(Arrays.stream(ranges).mapToLong(SliceRange::length).toArray());
        long[] from = Tensor.strides(data.shape());
        long[] to = Tensor.strides(out);
        return data.select(out, i -> {
            long source = 0;
            for (int axis = 0; axis < ranges.length; axis++) {
                source += ranges[axis].at(i / to[axis] % out[axis]) * from[axis];
            }
            return source;
        });
    }

    private static Tensor transpose(Operands operands) {
        Tensor data = operands.tensor(0);
        int[] order = Shapes.order(operands.operation(), data.rank());
        long[] out = operands.claim(Arrays.stream(order).mapToLong(data::extent).toArray());
        long[] from = Tensor.strides(data.shape());
        long[] to = Tensor.strides(out);
        return data.select(out, i -> {
            long source = 0;
            for (int axis = 0; axis < order.length; axis++) {
                source += i / to[axis] % out[axis] * from[order[axis]];
            }
            return source;
        });
    }

    private static Tensor reshape(Operands operands) {
        Tensor data = operands.tensor(0);
        return data.reshaped(Shapes.reshaped(operands.operation(), data.shape(), operands.tensor(1).integers()));
    }

    private static Tensor flatten(Operands operands) {
        Tensor data = operands.tensor(0);
        long axis = operands.operation().integer("axis", 1);
        int at = axis == data.rank() ? data.rank() : Construction.axis(operands.operation(), axis, data.rank());
        long[] shape = data.shape();
        return data.reshaped(new long[] {
            Tensor.length(Arrays.copyOf(shape, at)), Tensor.length(Arrays.copyOfRange(shape, at, shape.length))});
    }

    private static Tensor expand(Operands operands) {
        Tensor data = operands.tensor(0);
        long[] out = operands.claim(Shapes.broadcast(operands.operation(), data.shape(), operands.tensor(1).integers()));
        return data.select(out, Elementwise.source(data.shape(), out));
    }

    private static Tensor range(Operands operands) {
        double start = operands.tensor(0).floats()[0];
        double limit = operands.tensor(1).floats()[0];
        double step = operands.tensor(2).floats()[0];
        double count = Math.max(0, Math.ceil((limit - start) / step));
        if (step == 0 || !(count <= MOST_NUMBERS)) {
            throw operands.refused("counts from " + start + " to " + limit + " by " + step);
        }
        long[] shape = operands.claim((long) count);
        if (operands.tensor(0).isFloat()) {
            float[] floats = new float[(int) count];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) (start + i * step);
            }
            return Tensor.ofFloats(shape, floats);
        }
        return Tensor.ofIntegers(shape, LongStream.range(0, (long) count).map(i -> (long) start + i * (long) step).toArray());
    }

    private static Tensor product(Operands operands) {
        Tensor data = operands.tensor(0);
        Optional<long[]> axes = operands.integers("axes", 1);
        boolean keep = operands.operation().integer("keepdims", 1) != 0;
        operands.operation().ignore("noop_with_empty_axes");
        if (data.isFloat() || axes.isPresent() && axes.get().length != data.rank()) {
            throw operands.operation().refused("multiplies along some axes of " + data, "Read is the product of a shape's extents");
        }
        long product = Arrays.stream(data.integers()).reduce(1, Math::multiplyExact);
        long[] ones = new long[keep ? data.rank() : 0];
        Arrays.fill(ones, 1);
        return Tensor.ofIntegers(ones, product);
    }

    private static Tensor where(Operands operands) {
        Tensor condition = operands.tensor(0);
        Tensor yes = operands.tensor(1);
        Tensor no = operands.tensor(2);
        if (yes.isFloat() || no.isFloat()) {
            throw operands.operation().refused("chooses among floating-point constants", "Read is a choice among extents");
        }
        long[] out = Shapes.broadcast(operands.operation(), condition.shape(), yes.shape());
        long[] all = operands.claim(Shapes.broadcast(operands.operation(), out, no.shape()));
        long[] truths = condition.select(all, Elementwise.source(condition.shape(), all)).integers();
        long[] chosen = yes.select(all, Elementwise.source(yes.shape(), all)).integers();
        long[] others = no.select(all, Elementwise.source(no.shape(), all)).integers();
        return Tensor.ofIntegers(all, IntStream.range(0, truths.length).mapToLong(i -> truths[i] != 0 ? chosen[i] : others[i]).toArray());
    }
}
