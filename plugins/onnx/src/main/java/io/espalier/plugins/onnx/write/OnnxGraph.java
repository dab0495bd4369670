package io.espalier.plugins.onnx.write;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An ONNX graph in the making: operators in topological order, constants, shapes. Every name in it is given once. */
final class OnnxGraph {

    private static final String BATCH = "batch";

    private final Set<String> names = new HashSet<>();
    private final List<Onnx.NodeProto> operators = new ArrayList<>();
    private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();
    private final List<Onnx.ValueInfoProto> maps = new ArrayList<>();

    /** @param reserved names that the network itself uses, so that no constant takes one of them */
    OnnxGraph(Collection<String> reserved) {
        names.addAll(reserved);
    }

    /** The wished name, or one like it if that is taken. */
    String unused(String wished) {
        String name = wished;
        for (int i = 2; !names.add(name); i++) {
            name = wished + "." + i;
        }
        return name;
    }

    /** Float32 numbers under a name. */
    String constant(String wished, INDArray values) {
        String name = unused(wished);
        constants.put(name, new OnnxTensor.Floats(values));
        return name;
    }

    /** One float32 number without dimensions. */
    String scalar(String wished, double value) {
        String name = unused(wished);
        constants.put(name, new OnnxTensor.Scalar((float) value));
        return name;
    }

    /** A vector of int64 numbers: shapes, axes, pads. */
    String integers(String wished, long... values) {
        String name = unused(wished);
        constants.put(name, new OnnxTensor.Integers(values));
        return name;
    }

    void add(Onnx.NodeProto operator) {
        operators.add(operator);
    }

    /** Says what shape a value has. */
    void describe(String value, InputType type) {
        maps.add(value(value, type));
    }

    static Onnx.ValueInfoProto value(String name, InputType type) {
        Onnx.TensorShapeProto.Builder shape = Onnx.TensorShapeProto.newBuilder();
        shape.addDimBuilder().setDimParam(BATCH);
        for (long extent : extents(name, type)) {
            shape.addDimBuilder().setDimValue(extent);
        }
        return Onnx.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(Onnx.TypeProto.newBuilder().setTensorType(Onnx.TypeProto.Tensor.newBuilder()
                        .setElemType(Onnx.TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
                .build();
    }

    private static long[] extents(String name, InputType type) {
        if (type instanceof InputType.InputTypeConvolutional maps) {
            return new long[] {maps.getChannels(), maps.getHeight(), maps.getWidth()};
        }
        if (type instanceof InputType.InputTypeFeedForward flat) {
            return new long[] {flat.getSize()};
        }
        throw new IllegalArgumentException("layer '" + name + "' gives " + type + ", and only feature maps and vectors are written");
    }

    Map<String, OnnxTensor> constants() {
        return constants;
    }

    /** All but the constants. */
    Onnx.GraphProto withoutConstants(String name, Onnx.ValueInfoProto input, Onnx.ValueInfoProto output) {
        return Onnx.GraphProto.newBuilder()
                .setName(name)
                .addAllNode(operators)
                .addInput(input)
                .addOutput(output)
                .addAllValueInfo(maps.stream().filter(map -> !map.getName().equals(output.getName())).toList())
                .build();
    }
}
