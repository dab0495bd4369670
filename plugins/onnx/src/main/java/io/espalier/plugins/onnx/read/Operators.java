package io.espalier.plugins.onnx.read;

import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What is known of ONNX: what each operation becomes, and how it is computed where all it reads is constant. */
final class Operators {

    /** Reads an operation of a network: asks for its inputs and attributes, adds parts, says what its outputs are. */
    @FunctionalInterface
    interface Operator {
        void read(Operation operation, Construction construction);
    }

    private static final Map<String, Operator> OPERATORS = new TreeMap<>();

    static {
        OPERATORS.putAll(Convolutions.OPERATORS);
        OPERATORS.putAll(Poolings.OPERATORS);
        OPERATORS.putAll(Activations.OPERATORS);
        OPERATORS.putAll(Arithmetic.OPERATORS);
        OPERATORS.putAll(DenseLayers.OPERATORS);
        OPERATORS.putAll(Views.OPERATORS);
        OPERATORS.putAll(Cuts.OPERATORS);
        OPERATORS.putAll(Resizing.OPERATORS);
    }

    /** Names of all operations that are read, in order. */
    static final SortedSet<String> KNOWN = known();

    private Operators() {}

    private static SortedSet<String> known() {
        SortedSet<String> all = new TreeSet<>(OPERATORS.keySet());
        all.addAll(Folding.FOLDS.keySet());
        all.add("Shape");
        all.add("Size");
        return Collections.unmodifiableSortedSet(all);
    }

    static Operator of(Operation operation) {
        Operator operator = OPERATORS.get(operation.type());
        if (operator == null) {
            throw operation.refused("works on feature maps; it is read where it works on shapes and constants only",
                    "Export the network with a fixed height and width, or leave the operation out");
        }
        return operator;
    }
}
