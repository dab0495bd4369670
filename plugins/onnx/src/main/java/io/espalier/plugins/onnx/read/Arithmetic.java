package io.espalier.plugins.onnx.read;

import io.espalier.layers.Gate;
import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex.Op;

/** Sums and products: of two maps, of a map with a gate, of a map with a constant for each channel. */
final class Arithmetic {

    static final Map<String, Operator> OPERATORS = Map.of(
            "Add", Arithmetic::add,
            "Sum", Arithmetic::add,
            "Sub", Arithmetic::subtract,
            "Mul", Arithmetic::multiply,
            "Div", Arithmetic::divide);

    private static final String CHANNELS = "Read are constants that are one number, or one for each channel";

    private Arithmetic() {}

    private static void add(Operation operation, Construction construction) {
        requireTwo(operation);
        if (construction.value(operation, 0) instanceof Feature a && construction.value(operation, 1) instanceof Feature b) {
            joined(operation, construction, Op.Add, a, b);
            return;
        }
        int constant = construction.value(operation, 0) instanceof Tensor ? 0 : 1;
        Feature input = construction.feature(operation, 1 - constant);
        affine(operation, construction, input, constants(operation, construction, constant, input), 1, 1);
    }

    private static void subtract(Operation operation, Construction construction) {
        if (construction.value(operation, 0) instanceof Feature a && construction.value(operation, 1) instanceof Feature b) {
            joined(operation, construction, Op.Subtract, a, b);
        } else if (construction.value(operation, 0) instanceof Feature input) {
            affine(operation, construction, input, constants(operation, construction, 1, input), 1, -1);
        } else {
            Feature input = construction.feature(operation, 1);
            affine(operation, construction, input, constants(operation, construction, 0, input), -1, 1);
        }
    }

    private static void multiply(Operation operation, Construction construction) {
        if (construction.value(operation, 0) instanceof Feature a && construction.value(operation, 1) instanceof Feature b) {
            if (a.extents().equals(b.extents())) {
                joined(operation, construction, Op.Product, a, b);
            } else {
                gate(operation, construction, a, b);
            }
            return;
        }
        int constant = construction.value(operation, 0) instanceof Tensor ? 0 : 1;
        Feature input = construction.feature(operation, 1 - constant);
        scale(operation, construction, input, constants(operation, construction, constant, input), false);
    }

    private static void divide(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        if (construction.value(operation, 1) instanceof Feature) {
            throw operation.refused("divides by what is computed from the image", "Read is the division by constants");
        }
        scale(operation, construction, input, constants(operation, construction, 1, input), true);
    }

    private static void requireTwo(Operation operation) {
        if (operation.inputs().size() != 2) {
            throw operation.refused("joins " + operation.inputs().size() + " values", "Read are sums of two");
        }
    }

    private static void scale(Operation operation, Construction construction, Feature input, float[] factors, boolean inverse) {
        float[] scale = factors.clone();
        for (int i = 0; inverse && i < scale.length; i++) {
            scale[i] = 1 / scale[i];
        }
        add(operation, construction, input, new Part.Affine(scale, new float[scale.length]));
    }

    /** {@code sign * x + signOfShift * shift}. */
    private static void affine(Operation operation, Construction construction, Feature input, float[] shift, float sign, float signOfShift) {
        float[] scale = new float[shift.length];
        Arrays.fill(scale, sign);
        float[] shifts = shift.clone();
        for (int i = 0; i < shifts.length; i++) {
            shifts[i] *= signOfShift;
        }
        add(operation, construction, input, new Part.Affine(scale, shifts));
    }

    private static void add(Operation operation, Construction construction, Feature input, Part.Affine affine) {
        Feature fitting = affine.scale().length == input.extents().channels() ? input : construction.asVector(operation, input);
        String name = operation.output();
        construction.network().add(new Part(name, affine, List.of(fitting.part()), fitting.extents(), fitting.flat()));
        construction.give(operation, fitting.computed(name, fitting.extents()));
    }

    /** A constant as one number for each channel, or for each feature of a map that was flattened. */
    private static float[] constants(Operation operation, Construction construction, int index, Feature input) {
        Tensor constant = construction.constant(operation, index, "constant");
        if (constant.rank() > input.rank()) {
            throw unfit(operation, constant, input);
        }
        int shift = input.rank() - constant.rank();
        List<Axis> along = List.of();
        for (int i = 0; i < constant.rank(); i++) {
            if (constant.extent(i) != 1) {
                along = input.axes().get(i + shift);
                if (constant.extent(i) != constant.length() || input.shape()[i + shift] != constant.length()) {
                    throw unfit(operation, constant, input);
                }
            }
        }
        float[] numbers = constant.floats();
        if (numbers.length == 1) {
            float[] all = construction.factors(operation, input);
            Arrays.fill(all, numbers[0]);
            return all;
        }
        if (along.equals(List.of(Axis.CHANNEL)) || !along.contains(Axis.BATCH) && input.isVector()) {
            return numbers;
        }
        throw unfit(operation, constant, input);
    }

    private static RuntimeException unfit(Operation operation, Tensor constant, Feature input) {
        return operation.refused("joins " + input.describe() + " with a constant of " + Arrays.toString(constant.shape()), CHANNELS);
    }

    private static void joined(Operation operation, Construction construction, Op how, Feature a, Feature b) {
        if (!a.extents().equals(b.extents()) || !aligned(a, b)) {
            throw operation.refused("joins " + a.describe() + " and " + b.describe() + ", which do not run alike",
                    "Read are sums of maps of the same shape, and products of these or of a map and a gate");
        }
        boolean maps = a.flat() != b.flat();
        Feature left = maps ? construction.asMaps(a) : a;
        Feature right = maps ? construction.asMaps(b) : b;
        String name = operation.output();
        List<String> inputs = List.of(left.part(), right.part());
        if (inputs.get(0).equals(inputs.get(1))) {
            throw operation.refused("joins a value with itself", "Read are sums and products of different values");
        }
        construction.network().add(Part.vertex(name, new ElementWiseVertex(how), inputs, left.extents(), left.flat()));
        construction.give(operation, new Feature(name, name, left.flat(), left.extents(), united(left, right)));
    }

    private static void gate(Operation operation, Construction construction, Feature a, Feature b) {
        boolean gatedFirst = a.extents().features() >= b.extents().features();
        Feature gated = gatedFirst ? a : b;
        Feature gate = gatedFirst ? b : a;
        Extents all = gated.extents();
        Extents own = gate.extents();
        boolean fits = own.channels() == all.channels() && own.height() * own.width() == 1
                || own.channels() == 1 && own.height() == all.height() && own.width() == all.width();
        if (!fits || !aligned(gated, gate)) {
            throw operation.refused("multiplies " + a.describe() + " with " + b.describe(),
                    "Read are products with one factor for each channel or for each place");
        }
        String name = operation.output();
        Feature maps = construction.asMaps(gated);
        construction.network().add(Part.vertex(name, new Gate(), List.of(maps.part(), gate.part()), all, false));
        construction.give(operation, new Feature(name, name, false, all, united(maps, gate)));
    }

    /** Whether the indices of both, counted from the last, run over the same; one of extent 1 fits any. */
    private static boolean aligned(Feature a, Feature b) {
        for (int i = 1; i <= Math.min(a.rank(), b.rank()); i++) {
            List<Axis> left = a.axes().get(a.rank() - i);
            List<Axis> right = b.axes().get(b.rank() - i);
            if (!left.equals(right) && !left.isEmpty() && !right.isEmpty()) {
                return false;
            }
        }
        // An axis must not stand at two places once they are joined.
        List<Axis> all = united(a, b).stream().flatMap(List::stream).toList();
        return all.stream().distinct().count() == all.size();
    }

    private static List<List<Axis>> united(Feature a, Feature b) {
        List<List<Axis>> all = new ArrayList<>();
        for (int i = Math.max(a.rank(), b.rank()); i >= 1; i--) {
            List<Axis> left = i <= a.rank() ? a.axes().get(a.rank() - i) : List.of();
            List<Axis> right = i <= b.rank() ? b.axes().get(b.rank() - i) : List.of();
            all.add(left.isEmpty() ? right : left);
        }
        return all;
    }
}
