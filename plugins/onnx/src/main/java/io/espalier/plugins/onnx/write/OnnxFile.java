package io.espalier.plugins.onnx.write;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import onnx.Onnx;
import org.nd4j.shade.protobuf.CodedOutputStream;
import org.nd4j.shade.protobuf.WireFormat;

/**
 * Writes a model as protobuf. The messages are protobuf's own but for the constants' numbers, which go from the tensors
 * straight into the file: as a message they would stand in Java's heap, where half a gigabyte has no place.
 */
final class OnnxFile {

    /** What protobuf can read at once, which is what the format says a file may hold. */
    private static final long LIMIT = Integer.MAX_VALUE;

    private final Onnx.ModelProto model;
    private final Onnx.GraphProto graph;
    private final Map<String, OnnxTensor> constants;

    /**
     * @param model all but the graph
     * @param graph all but the constants
     * @param constants by name
     */
    OnnxFile(Onnx.ModelProto model, Onnx.GraphProto graph, Map<String, OnnxTensor> constants) {
        this.model = model;
        this.graph = graph;
        this.constants = new LinkedHashMap<>(constants);
    }

    /** @throws IllegalArgumentException when it would be larger than a file of the format can be; nothing is written then */
    void write(Path file) throws IOException {
        long graphBytes = graph.getSerializedSize();
        for (Map.Entry<String, OnnxTensor> constant : constants.entrySet()) {
            graphBytes += field(Onnx.GraphProto.INITIALIZER_FIELD_NUMBER, bytes(constant.getKey(), constant.getValue()));
        }
        long bytes = model.getSerializedSize() + field(Onnx.ModelProto.GRAPH_FIELD_NUMBER, graphBytes);
        if (bytes > LIMIT) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "it would take %,d bytes, and an ONNX file holds less than"
                    + " 2 GB (%,d bytes); prune it first, or write it in another format", bytes, LIMIT));
        }
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file))) {
            CodedOutputStream out = CodedOutputStream.newInstance(stream);
            model.writeTo(out);
            begin(out, Onnx.ModelProto.GRAPH_FIELD_NUMBER, graphBytes);
            graph.writeTo(out);
            for (Map.Entry<String, OnnxTensor> constant : constants.entrySet()) {
                OnnxTensor tensor = constant.getValue();
                begin(out, Onnx.GraphProto.INITIALIZER_FIELD_NUMBER, bytes(constant.getKey(), tensor));
                tensor.header(constant.getKey()).writeTo(out);
                begin(out, Onnx.TensorProto.RAW_DATA_FIELD_NUMBER, tensor.bytes());
                tensor.writeNumbers(out);
            }
            out.flush();
        }
    }

    private static long bytes(String name, OnnxTensor tensor) {
        return tensor.header(name).getSerializedSize() + field(Onnx.TensorProto.RAW_DATA_FIELD_NUMBER, tensor.bytes());
    }

    /** Bytes of a field with its tag and its length. */
    private static long field(int number, long bytes) {
        return CodedOutputStream.computeTagSize(number) + CodedOutputStream.computeUInt64SizeNoTag(bytes) + bytes;
    }

    private static void begin(CodedOutputStream out, int number, long bytes) throws IOException {
        out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt64NoTag(bytes);
    }
}
