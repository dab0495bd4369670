package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import onnx.OnnxMl;
import onnx.OnnxMl.ModelProto;
import onnx.OnnxMl.OperatorSetIdProto;
import onnx.OnnxMl.StringStringEntryProto;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.UnsafeByteOperations;

/**
 * A parsed ONNX file.
 *
 * @param path for messages, and the folder where data beside the file is looked for
 * @param model its messages; bytes of tensors are shared with the file's own
 * @param opset version of the standard operations
 */
record ModelFile(Path path, ModelProto model, int opset) {

    static final int OLDEST_OPSET = 9;
    static final int NEWEST_OPSET = 21;

    /** Enough for every message of ONNX without subgraphs, which are not read. */
    private static final int DEEPEST_MESSAGE = 32;

    private static final String EXPORT_AGAIN = "Export the network again with an opset from " + OLDEST_OPSET + " to " + NEWEST_OPSET
            + " (PyTorch: opset_version=17)";

    /** @throws InputException when it is damaged, too large, or of an opset that is not read */
    static ModelFile open(Path path) throws IOException {
        return of(path, bytes(path));
    }

    /**
     * @param path for messages, and for what lies beside it
     * @param bytes of the file; not to be written as long as the model is used
     */
    static ModelFile of(Path path, ByteBuffer bytes) {
        ModelProto model = parse(path, bytes);
        if (!model.hasGraph()) {
            throw refusal(path, "it holds no graph, so it is damaged or no ONNX model", "Export the network again");
        }
        return new ModelFile(path, model, opset(path, model.getOpsetImportList()));
    }

    /** Outside Java's heap, which need not be as large as a network. Not mapped: a file that shrinks meanwhile would end the JVM. */
    private static ByteBuffer bytes(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE) {
                throw refusal(path, "it has " + size + " bytes, and an ONNX file cannot hold 2 GB or more",
                        "Export the network with its weights in a file beside it (external data)");
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) size);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // One read gives as much as the system likes.
            }
            return bytes.flip();
        }
    }

    private static ModelProto parse(Path path, ByteBuffer bytes) {
        try {
            MessageCount.require(bytes);
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            in.setRecursionLimit(DEEPEST_MESSAGE);
            ModelProto model = ModelProto.parseFrom(in);
            in.checkLastTagWas(0);
            return model;
        } catch (IOException | IllegalArgumentException e) {
            // Nothing is read any more: this is protobuf's way to say that the bytes are none of its messages.
            throw damaged(path, e);
        }
    }

    private static InputException damaged(Path path, Exception cause) {
        return new InputException(path + " is damaged or cut off, or no ONNX model: " + cause.getMessage()
                + ". Copy or export it again", cause);
    }

    private static int opset(Path path, List<OperatorSetIdProto> imports) {
        List<Long> versions = imports.stream()
                .filter(i -> Operation.isStandard(i.getDomain()))
                .map(OperatorSetIdProto::getVersion)
                .distinct()
                .toList();
        if (versions.size() != 1) {
            throw refusal(path, versions.isEmpty() ? "it says no opset" : "it says several opsets, " + versions, EXPORT_AGAIN);
        }
        long version = versions.get(0);
        if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
            throw refusal(path, "it is of opset " + version + "; read are " + OLDEST_OPSET + " to " + NEWEST_OPSET, EXPORT_AGAIN);
        }
        return (int) version;
    }

    OnnxMl.GraphProto graph() {
        return model.getGraph();
    }

    /** A value of the file's metadata. */
    Optional<String> metadata(String key) {
        return model.getMetadataPropsList().stream()
                .filter(p -> p.getKey().equals(key))
                .map(StringStringEntryProto::getValue)
                .findFirst();
    }

    InputException refused(String what, String mend) {
        return refusal(path, what, mend);
    }

    private static InputException refusal(Path path, String what, String mend) {
        return new InputException(path + ": " + what + ". " + mend);
    }
}
