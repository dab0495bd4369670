package io.espalier.plugins.onnx.read;

import io.espalier.layers.Clip;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** Functions of each number, and softmax. */
final class Activations {

    static final Map<String, Operator> OPERATORS = Map.ofEntries(
            Map.entry("Relu", each(operation -> new ActivationReLU())),
            Map.entry("LeakyRelu", each(operation -> new ActivationLReLU(operation.number("alpha", 0.01)))),
            Map.entry("Elu", each(operation -> new ActivationELU(operation.number("alpha", 1)))),
            Map.entry("Sigmoid", each(operation -> new ActivationSigmoid())),
            Map.entry("Tanh", each(operation -> new ActivationTanH())),
            Map.entry("HardSigmoid", each(operation -> new HardSigmoid(operation.number("alpha", 0.2), operation.number("beta", 0.5)))),
            Map.entry("HardSwish", each(operation -> new HardSwish())),
            Map.entry("Clip", Activations::clip),
            Map.entry("Min", (operation, construction) -> limit(operation, construction, false)),
            Map.entry("Max", (operation, construction) -> limit(operation, construction, true)),
            Map.entry("Softmax", Activations::softmax));

    private static final double LARGEST = Float.MAX_VALUE;

    private Activations() {}

    private static Operator each(Function<Operation, IActivation> activation) {
        return (operation, construction) -> add(operation, construction, construction.feature(operation, 0), activation.apply(operation));
    }

    static void add(Operation operation, Construction construction, Feature input, IActivation activation) {
        String name = operation.output();
        construction.network().add(Part.layer(name, new ActivationLayer(activation), input, input.extents(), input.flat()));
        construction.give(operation, input.computed(name, input.extents()));
    }

    private static void clip(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        double min = operation.has("min") ? operation.bound("min", -LARGEST) : construction.scalar(operation, 1, "min").orElse(-LARGEST);
        double max = operation.has("max") ? operation.bound("max", LARGEST) : construction.scalar(operation, 2, "max").orElse(LARGEST);
        clip(operation, construction, input, min, max);
    }

    /** Min and Max with a constant are halves of a Clip. */
    private static void limit(Operation operation, Construction construction, boolean below) {
        if (operation.inputs().size() != 2) {
            throw operation.refused("joins " + operation.inputs().size() + " values", "Read is the limit of a map by one constant");
        }
        boolean first = construction.value(operation, 0) instanceof Feature;
        double bound = construction.scalar(operation, first ? 1 : 0, "limit").orElseThrow();
        Feature input = construction.feature(operation, first ? 0 : 1);
        clip(operation, construction, input, below ? bound : -LARGEST, below ? LARGEST : bound);
    }

    private static void clip(Operation operation, Construction construction, Feature input, double min, double max) {
        if (!(min <= max)) {
            throw operation.refused("limits to " + min + " .. " + max, "The file is damaged; export the network again");
        }
        add(operation, construction, input, limits(Math.max(min, -LARGEST), Math.min(max, LARGEST)));
    }

    static IActivation limits(double min, double max) {
        if (min == 0 && max >= LARGEST) {
            return new ActivationReLU();
        }
        return min == 0 && max == 6 ? new ActivationReLU6() : new Clip(min, max);
    }

    /** The limits of an activation that clips, if it does. */
    static Optional<Clip> clipping(IActivation activation) {
        if (activation instanceof ActivationReLU6) {
            return Optional.of(new Clip(0, 6));
        }
        return activation instanceof Clip clip ? Optional.of(clip) : Optional.empty();
    }

    private static void softmax(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        int axis = Construction.axis(operation, operation.integer("axis", construction.opset() < 13 ? 1 : -1), input.rank());
        boolean all = true;
        for (int i = 0; i < input.rank(); i++) {
            boolean within = construction.opset() < 13 ? i >= axis : i == axis;
            all &= within ? !input.axes().get(i).contains(Axis.BATCH) : List.of(Axis.BATCH).containsAll(input.axes().get(i));
        }
        if (!all || !input.isVector()) {
            throw operation.refused("takes the softmax along axis " + axis + " of " + input.describe(), "Read is the softmax over the classes");
        }
        add(operation, construction, construction.asVector(operation, input), new ActivationSoftmax());
    }
}
