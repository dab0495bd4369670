package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import onnx.OnnxMl.GraphProto;
import onnx.OnnxMl.ModelProto;
import onnx.OnnxMl.TensorProto;
import onnx.OnnxMl.ValueInfoProto;

/**
 * The file's graph, checked and in topological order: every name is given once, every operation is known, images come in at
 * one place and predictions go out at one.
 */
final class Graph {

    /** The deepest published classifiers have some thousands. */
    private static final int MOST_OPERATIONS = 10_000;

    private static final int LONGEST_NAME = 1000;

    /** Of what is wrong, so many are named. */
    private static final int MOST_NAMED = 12;

    private static final Set<String> CONTROL_FLOW = Set.of("If", "Loop", "Scan", "SequenceMap", "Optional", "OptionalGetElement");
    private static final String EXPORT_AGAIN = "Export the network again";

    private final ModelFile file;
    private final ImageInput input;
    private final String output;
    private final List<Operation> operations;
    private final Map<String, Tensor> constants;
    private final Map<String, List<Operation>> consumers = new HashMap<>();

    private final Set<String> names;

    private Graph(ModelFile file, ImageInput input, String output, List<Operation> operations, Map<String, Tensor> constants) {
        this.file = file;
        this.input = input;
        this.output = output;
        this.operations = operations;
        this.constants = constants;
        this.names = operations.stream().flatMap(operation -> operation.outputs().stream()).collect(Collectors.toSet());
        operations.forEach(operation -> operation.inputs().stream().distinct()
                .forEach(name -> consumers.computeIfAbsent(name, any -> new ArrayList<>()).add(operation)));
    }

    /** @throws InputException naming what is wrong with it */
    static Graph of(ModelFile file) {
        requireStandard(file);
        Map<String, Tensor> initializers = initializers(file);
        ValueInfoProto input = input(file, initializers.keySet());
        String output = output(file);
        List<Operation> all = file.graph().getNodeList().stream().map(node -> new Operation(file.path(), node)).toList();
        requireKnown(file, all);
        List<Operation> needed = needed(sorted(file, all, initializers.keySet(), input.getName()), output);
        return new Graph(file, ImageInput.of(file, input), output, needed, initializers);
    }

    private static void requireStandard(ModelFile file) {
        ModelProto model = file.model();
        GraphProto graph = file.graph();
        if (model.getFunctionsCount() > 0) {
            throw file.refused("it has functions of its own ('" + Operation.printable(model.getFunctions(0).getName())
                    + "'), which are not read", "Export it with functions inlined (onnx.inliner.inline_local_functions)");
        }
        if (graph.getSparseInitializerCount() > 0) {
            throw file.refused("it has sparse tensors, which are not read", "Export it with dense ones");
        }
        if (graph.getNodeCount() > MOST_OPERATIONS) {
            throw file.refused("it has " + graph.getNodeCount() + " operations; graphs of up to " + MOST_OPERATIONS + " are read",
                    "If it is a classifier, simplify it first (onnxsim)");
        }
    }

    private static Map<String, Tensor> initializers(ModelFile file) {
        Initializers reader = new Initializers(file);
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (TensorProto proto : file.graph().getInitializerList()) {
            if (all.put(proto.getName(), reader.read(proto.getName(), proto)) != null) {
                throw file.refused("it has two tensors '" + Operation.printable(proto.getName()) + "'", EXPORT_AGAIN);
            }
        }
        return all;
    }

    /** Files of IR version 3 list their weights among the inputs too. */
    private static ValueInfoProto input(ModelFile file, Set<String> initializers) {
        List<ValueInfoProto> inputs = file.graph().getInputList().stream().filter(i -> !initializers.contains(i.getName())).toList();
        if (inputs.size() != 1) {
            throw file.refused("it has " + inputs.size() + " inputs, " + named(inputs) + "; read are networks with one, of images",
                    "Export it with one input");
        }
        return inputs.get(0);
    }

    private static String output(ModelFile file) {
        List<ValueInfoProto> outputs = file.graph().getOutputList();
        if (outputs.size() != 1) {
            throw file.refused("it has " + outputs.size() + " outputs, " + named(outputs) + "; read are networks with one, of predictions",
                    "Export it with one output");
        }
        return outputs.get(0).getName();
    }

    private static List<String> named(List<ValueInfoProto> values) {
        return values.stream().limit(MOST_NAMED).map(v -> Operation.printable(v.getName())).toList();
    }

    /** Every operation that is not known is told at once, so that nobody mends a file one operation at a time. */
    private static void requireKnown(ModelFile file, List<Operation> all) {
        all.stream().filter(o -> CONTROL_FLOW.contains(o.type()) || o.hasSubgraph()).findFirst().ifPresent(operation -> {
            throw operation.refused("is control flow, which is not read", "Export the network with fixed shapes, so that nothing is decided in it");
        });
        all.stream().filter(Operation::hasFunctionParameter).findFirst().ifPresent(operation -> {
            throw operation.refused("is part of a function", "Export the network with functions inlined");
        });
        List<Operation> unknown = all.stream()
                .filter(o -> !Operation.isStandard(o.domain()) || !Operators.KNOWN.contains(o.type()))
                .toList();
        if (!unknown.isEmpty()) {
            throw file.refused("it has operations that are not known: " + counted(unknown) + mend(unknown)
                    + " Known are " + String.join(", ", Operators.KNOWN), "A classifier of convolutions needs no others");
        }
    }

    private static String counted(List<Operation> unknown) {
        Map<String, List<Operation>> byType = unknown.stream().collect(Collectors.groupingBy(
                o -> Operation.printable(Operation.isStandard(o.domain()) ? o.type() : o.domain() + "." + o.type()),
                LinkedHashMap::new,
                Collectors.toList()));
        return byType.entrySet().stream()
                .limit(MOST_NAMED)
                .map(e -> e.getKey() + " (node " + e.getValue().get(0)
                        + (e.getValue().size() > 1 ? " and " + (e.getValue().size() - 1) + " more" : "") + ")")
                .collect(Collectors.joining(", ")) + (byType.size() > MOST_NAMED ? " and " + (byType.size() - MOST_NAMED) + " others" : "");
    }

    private static String mend(List<Operation> unknown) {
        if (unknown.stream().anyMatch(o -> o.type().contains("Quantize") || o.type().contains("QLinear") || o.type().endsWith("Integer"))) {
            return ". It is quantised: export the network as it was before.";
        }
        return unknown.stream().anyMatch(o -> !Operation.isStandard(o.domain()))
                ? ". Operations of other domains come from a runtime's optimiser: export the network without it."
                : ".";
    }

    private static List<Operation> sorted(ModelFile file, List<Operation> all, Set<String> initializers, String input) {
        Map<String, Operation> givers = givers(file, all, initializers, input);
        Map<Operation, Integer> missing = new HashMap<>();
        Map<Operation, List<Operation>> readers = new HashMap<>();
        Deque<Operation> ready = new ArrayDeque<>();
        for (Operation operation : all) {
            Set<Operation> needs = new HashSet<>();
            for (String name : operation.inputs()) {
                Operation giver = givers.get(name);
                if (giver != null) {
                    needs.add(giver);
                } else if (!name.isEmpty() && !initializers.contains(name) && !name.equals(input)) {
                    throw operation.refused("reads '" + Operation.printable(name) + "', which nothing gives", EXPORT_AGAIN);
                }
            }
            needs.forEach(giver -> readers.computeIfAbsent(giver, any -> new ArrayList<>()).add(operation));
            missing.put(operation, needs.size());
            if (needs.isEmpty()) {
                ready.add(operation);
            }
        }
        List<Operation> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            Operation next = ready.poll();
            order.add(next);
            readers.getOrDefault(next, List.of()).forEach(reader -> {
                if (missing.merge(reader, -1, Integer::sum) == 0) {
                    ready.add(reader);
                }
            });
        }
        if (order.size() < all.size()) {
            Operation circular = all.stream().filter(o -> missing.get(o) > 0).findFirst().orElseThrow();
            throw circular.refused("depends on its own output", EXPORT_AGAIN);
        }
        return order;
    }

    private static Map<String, Operation> givers(ModelFile file, List<Operation> all, Set<String> initializers, String input) {
        Map<String, Operation> givers = new HashMap<>();
        for (Operation operation : all) {
            for (String name : operation.outputs()) {
                if (name.isEmpty()) {
                    continue;
                }
                if (name.length() > LONGEST_NAME) {
                    throw operation.refused("gives a name of " + name.length() + " characters", EXPORT_AGAIN);
                }
                if (givers.put(name, operation) != null || initializers.contains(name) || name.equals(input)) {
                    throw operation.refused("gives '" + Operation.printable(name) + "', which is given elsewhere too", EXPORT_AGAIN);
                }
            }
        }
        return givers;
    }

    /** What the output depends on, in the same order. */
    private static List<Operation> needed(List<Operation> order, String output) {
        Set<String> wanted = new HashSet<>(Set.of(output));
        List<Operation> needed = new ArrayList<>();
        for (int i = order.size() - 1; i >= 0; i--) {
            Operation operation = order.get(i);
            if (operation.outputs().stream().anyMatch(wanted::contains)) {
                wanted.addAll(operation.inputs());
                needed.add(0, operation);
            }
        }
        return needed;
    }

    ModelFile file() {
        return file;
    }

    ImageInput input() {
        return input;
    }

    String output() {
        return output;
    }

    List<Operation> operations() {
        return operations;
    }

    Map<String, Tensor> initializers() {
        return constants;
    }

    /** Names of all values that operations give. */
    Set<String> names() {
        return names;
    }

    /** The operations that read a value. */
    List<Operation> consumers(String value) {
        return consumers.getOrDefault(value, List.of());
    }

    /** Whether nothing is computed of a further output. */
    boolean isUnused(Operation operation, int index) {
        Optional<String> name = index < operation.outputs().size() ? Optional.of(operation.outputs().get(index)) : Optional.empty();
        return name.isEmpty() || consumers(name.get()).isEmpty() && !name.get().equals(output);
    }
}
