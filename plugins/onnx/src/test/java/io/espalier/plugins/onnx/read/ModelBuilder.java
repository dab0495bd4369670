package io.espalier.plugins.onnx.read;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import onnx.OnnxMl.AttributeProto;
import onnx.OnnxMl.AttributeProto.AttributeType;
import onnx.OnnxMl.GraphProto;
import onnx.OnnxMl.ModelProto;
import onnx.OnnxMl.NodeProto;
import onnx.OnnxMl.OperatorSetIdProto;
import onnx.OnnxMl.TensorProto;
import onnx.OnnxMl.TensorProto.DataType;
import onnx.OnnxMl.TypeProto;
import onnx.OnnxMl.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/** A small ONNX file, operation by operation. Images are {@code image}, [batch, 4, 8, 8] unless said otherwise. */
final class ModelBuilder {

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private long opset = 17;
    private long[] image = {0, 4, 8, 8};
    private String output = "y";

    ModelBuilder opset(long version) {
        opset = version;
        return this;
    }

    /** @param extents of the input; 0 for an open one */
    ModelBuilder image(long... extents) {
        image = extents;
        return this;
    }

    ModelBuilder output(String name) {
        output = name;
        return this;
    }

    /** @param names inputs, then {@code ->}, then outputs */
    ModelBuilder node(String type, String names, AttributeProto... attributes) {
        graph.addNode(nodeProto(type, names, attributes));
        return this;
    }

    static NodeProto nodeProto(String type, String names, AttributeProto... attributes) {
        String[] sides = names.split("->", -1);
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(type.substring(type.lastIndexOf('.') + 1)).setName("my " + type);
        if (type.contains(".")) {
            node.setDomain(type.substring(0, type.lastIndexOf('.')));
        }
        words(sides[0]).forEach(node::addInput);
        words(sides[1]).forEach(node::addOutput);
        return node.addAllAttribute(Arrays.asList(attributes)).build();
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).map(word -> word.equals("_") ? "" : word).toList();
    }

    /** Weights that are all 0.1, [out, in, kernel, kernel] or whatever. */
    ModelBuilder weights(String name, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.FLOAT_VALUE);
        for (long extent : shape) {
            tensor.addDims(extent);
        }
        for (long i = Arrays.stream(shape).reduce(1, (a, b) -> a * b); i > 0; i--) {
            tensor.addFloatData(0.1f);
        }
        return tensor(tensor.build());
    }

    ModelBuilder integers(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(DataType.INT64_VALUE).addDims(values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return tensor(tensor.build());
    }

    ModelBuilder tensor(TensorProto tensor) {
        graph.addInitializer(tensor);
        return this;
    }

    /** Global pooling of a value and a dense layer of three classes. */
    ModelBuilder head(String value, long channels) {
        return node("GlobalAveragePool", value + " -> pooled")
                .node("Flatten", "pooled -> flat")
                .weights("dense", channels, 3)
                .node("MatMul", "flat dense -> " + output);
    }

    GraphProto.Builder graph() {
        return graph;
    }

    ModelProto.Builder model() {
        graph.addInput(value("image", image));
        graph.addOutput(ValueInfoProto.newBuilder().setName(output));
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph);
    }

    static ValueInfoProto value(String name, long... extents) {
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(DataType.FLOAT_VALUE);
        for (long extent : extents) {
            tensor.getShapeBuilder().addDimBuilder().setDimValue(extent);
        }
        return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(tensor)).build();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, model().build().toByteArray());
    }

    static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
    }

    static AttributeProto list(String name, long... values) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
        Arrays.stream(values).forEach(attribute::addInts);
        return attribute.build();
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(value)).build();
    }
}
