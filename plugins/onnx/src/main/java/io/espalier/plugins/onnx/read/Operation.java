package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import onnx.OnnxMl.AttributeProto;
import onnx.OnnxMl.AttributeProto.AttributeType;
import onnx.OnnxMl.NodeProto;
import onnx.OnnxMl.TensorProto;

/** One node of the file. Remembers which of its attributes were asked for, so that none is passed over in silence. */
final class Operation {

    private static final int LONGEST_NAME = 60;

    private final Path file;
    private final String name;
    private final String type;
    private final String domain;
    private final List<String> inputs;
    private final List<String> outputs;
    private final Map<String, AttributeProto> attributes = new LinkedHashMap<>();
    private final Set<String> known = new HashSet<>();

    Operation(Path file, NodeProto node) {
        this.file = file;
        this.type = node.getOpType();
        this.domain = node.getDomain();
        this.inputs = List.copyOf(node.getInputList());
        this.outputs = List.copyOf(node.getOutputList());
        this.name = node.getName().isEmpty() ? outputs.stream().findFirst().orElse("") : node.getName();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attributes.put(attribute.getName(), attribute) != null) {
                throw refused("has its attribute '" + printable(attribute.getName()) + "' twice", "Export the network again");
            }
        }
    }

    static boolean isStandard(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    String type() {
        return type;
    }

    String domain() {
        return domain;
    }

    List<String> inputs() {
        return inputs;
    }

    List<String> outputs() {
        return outputs;
    }

    /** Name of an input, empty when the file leaves it out. */
    Optional<String> input(int index) {
        return index < inputs.size() && !inputs.get(index).isEmpty() ? Optional.of(inputs.get(index)) : Optional.empty();
    }

    /** Name of what it computes. */
    String output() {
        if (outputs.isEmpty() || outputs.get(0).isEmpty()) {
            throw refused("gives no output", "Export the network again");
        }
        return outputs.get(0);
    }

    boolean hasSubgraph() {
        return attributes.values().stream().anyMatch(a -> a.hasG() || a.getGraphsCount() > 0);
    }

    boolean hasFunctionParameter() {
        return attributes.values().stream().anyMatch(a -> !a.getRefAttrName().isEmpty());
    }

    boolean has(String attribute) {
        known.add(attribute);
        return attributes.containsKey(attribute);
    }

    long integer(String attribute, long absent) {
        return find(attribute, AttributeType.INT).map(AttributeProto::getI).orElse(absent);
    }

    double number(String attribute, double absent) {
        double value = bound(attribute, absent);
        if (Double.isInfinite(value)) {
            throw refused("has the attribute " + attribute + " = " + value, "Export the network again");
        }
        return value;
    }

    /** A number that may be infinite. */
    double bound(String attribute, double absent) {
        double value = find(attribute, AttributeType.FLOAT).map(a -> (double) a.getF()).orElse(absent);
        if (Double.isNaN(value)) {
            throw refused("has the attribute " + attribute + " = NaN", "Export the network again");
        }
        return value;
    }

    String text(String attribute, String absent) {
        return find(attribute, AttributeType.STRING).map(a -> a.getS().toStringUtf8()).orElse(absent);
    }

    Optional<long[]> integers(String attribute) {
        return find(attribute, AttributeType.INTS).map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray());
    }

    Optional<float[]> numbers(String attribute) {
        return find(attribute, AttributeType.FLOATS).map(a -> {
            float[] all = new float[a.getFloatsCount()];
            for (int i = 0; i < all.length; i++) {
                all[i] = a.getFloats(i);
            }
            return all;
        });
    }

    Optional<TensorProto> tensor(String attribute) {
        return find(attribute, AttributeType.TENSOR).map(AttributeProto::getT);
    }

    /** An attribute that changes nothing here. */
    void ignore(String... names) {
        known.addAll(List.of(names));
    }

    private Optional<AttributeProto> find(String attribute, AttributeType type) {
        known.add(attribute);
        AttributeProto found = attributes.get(attribute);
        if (found == null) {
            return Optional.empty();
        }
        // Files of the first version of the format say no type.
        if (found.getType() != type && found.getType() != AttributeType.UNDEFINED) {
            throw refused("has the attribute " + attribute + " of type " + found.getType() + " instead of " + type, "Export the network again");
        }
        return Optional.of(found);
    }

    /** To be called once everything that is known of the operation was asked for. */
    void requireNothingElse() {
        for (String attribute : attributes.keySet()) {
            if (!known.contains(attribute)) {
                throw refused("has the attribute '" + printable(attribute) + "', which is not known; known are " + known.stream().sorted().toList(),
                        "Export the network with an opset from " + ModelFile.OLDEST_OPSET + " to " + ModelFile.NEWEST_OPSET);
            }
        }
    }

    InputException refused(String what, String mend) {
        return new InputException(file + ": node " + this + " " + what + ". " + mend);
    }

    /** What a file calls something, fit for a line of text. */
    static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > LONGEST_NAME ? clean.substring(0, LONGEST_NAME) + "…" : clean;
    }

    @Override
    public String toString() {
        return "'" + printable(name) + "' (" + printable(type) + ")";
    }
}
