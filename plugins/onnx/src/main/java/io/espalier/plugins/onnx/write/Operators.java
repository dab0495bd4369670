package io.espalier.plugins.onnx.write;

import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.List;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.ByteString;

/**
 * The operators that one node of a network becomes. Each reads what it is told to; the last one's result bears the node's
 * name, those before it bear the node's name and their own.
 */
final class Operators {

    private final OnnxGraph graph;
    private final Node node;
    private final List<String> inputs;
    private final List<Operator> operators = new ArrayList<>();
    private final List<InputType> types;
    private String value;
    private InputType type;

    /**
     * @param node to be written
     * @param inputs the values that it reads
     * @param types of these
     */
    Operators(OnnxGraph graph, Node node, List<String> inputs, List<InputType> types) {
        this.graph = graph;
        this.node = node;
        this.inputs = inputs;
        this.value = inputs.get(0);
        this.types = types;
        this.type = types.get(0);
    }

    Node node() {
        return node;
    }

    /** All values that the node reads. */
    List<String> inputs() {
        return inputs;
    }

    /** Types of {@link #inputs}. */
    List<InputType> types() {
        return types;
    }

    /** The last result, or the first input while there is none. */
    String value() {
        return value;
    }

    /** Type of what the node's own layer reads, behind its preprocessor. */
    InputType type() {
        return type;
    }

    /** Feature maps that the node's layer reads. */
    InputType.InputTypeConvolutional maps() {
        if (type instanceof InputType.InputTypeConvolutional maps) {
            return maps;
        }
        throw refusal("it reads " + type + " and not feature maps");
    }

    void type(InputType changed) {
        type = changed;
    }

    /** Whether nothing is computed yet. */
    boolean isEmpty() {
        return operators.isEmpty();
    }

    /** Applies an operator to values. */
    Operator apply(String name, String... values) {
        Operator operator = new Operator(name, graph.unused(node.name() + "/" + name), values);
        operators.add(operator);
        value = operator.output;
        return operator;
    }

    /** Applies an operator to the last result and constants. */
    Operator then(String name, String... constants) {
        List<String> values = new ArrayList<>(List.of(value));
        values.addAll(List.of(constants));
        return apply(name, values.toArray(String[]::new));
    }

    String constant(String name, INDArray values) {
        return graph.constant(node.name() + "." + name, values);
    }

    String scalar(String name, double value) {
        return graph.scalar(node.name() + "." + name, value);
    }

    String integers(String name, long... values) {
        return graph.integers(node.name() + "." + name, values);
    }

    IllegalArgumentException refusal(String why) {
        return new IllegalArgumentException("layer '" + node.name() + "' (" + node.kind() + ") is not written: " + why);
    }

    /**
     * Puts the operators into the graph.
     *
     * @param result type of what the node gives
     * @return the value that is the node's result: one of its name, or its input if nothing is computed
     */
    String finish(InputType result) {
        if (operators.isEmpty()) {
            return value;
        }
        operators.get(operators.size() - 1).output = node.name();
        operators.forEach(operator -> graph.add(operator.proto()));
        graph.describe(node.name(), result);
        return node.name();
    }

    /** One operator, with attributes to be added. */
    static final class Operator {

        private final Onnx.NodeProto.Builder proto;
        private String output;

        private Operator(String name, String output, String... inputs) {
            this.proto = Onnx.NodeProto.newBuilder().setOpType(name).addAllInput(List.of(inputs));
            this.output = output;
        }

        String output() {
            return output;
        }

        Operator with(String attribute, long value) {
            proto.addAttributeBuilder().setName(attribute).setType(Onnx.AttributeProto.AttributeType.INT).setI(value);
            return this;
        }

        Operator with(String attribute, double value) {
            proto.addAttributeBuilder().setName(attribute).setType(Onnx.AttributeProto.AttributeType.FLOAT).setF((float) value);
            return this;
        }

        Operator with(String attribute, String value) {
            proto.addAttributeBuilder()
                    .setName(attribute)
                    .setType(Onnx.AttributeProto.AttributeType.STRING)
                    .setS(ByteString.copyFromUtf8(value));
            return this;
        }

        Operator with(String attribute, int[] values) {
            Onnx.AttributeProto.Builder integers =
                    proto.addAttributeBuilder().setName(attribute).setType(Onnx.AttributeProto.AttributeType.INTS);
            for (int value : values) {
                integers.addInts(value);
            }
            return this;
        }

        private Onnx.NodeProto proto() {
            return proto.setName(output).addOutput(output).build();
        }
    }
}
