package io.espalier.plugins.onnx.read;

import static io.espalier.plugins.onnx.read.ModelBuilder.integer;
import static io.espalier.plugins.onnx.read.ModelBuilder.list;
import static io.espalier.plugins.onnx.read.ModelBuilder.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import onnx.OnnxMl.AttributeProto;
import onnx.OnnxMl.AttributeProto.AttributeType;
import onnx.OnnxMl.FunctionProto;
import onnx.OnnxMl.GraphProto;
import onnx.OnnxMl.ModelProto;
import onnx.OnnxMl.StringStringEntryProto;
import onnx.OnnxMl.TensorProto;
import onnx.OnnxMl.TensorProto.DataLocation;
import onnx.OnnxMl.TensorProto.DataType;
import onnx.OnnxMl.TypeProto;
import onnx.OnnxMl.ValueInfoProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.CodedOutputStream;

/** What cannot be read is refused with file, node and mend. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusalsTest {

    @TempDir
    Path folder;

    private void refuses(ModelBuilder model, String... words) throws IOException {
        refuses(model.write(folder.resolve("net.onnx")), words);
    }

    private static void refuses(Path file, String... words) {
        assertThatThrownBy(() -> ReadNetwork.of(file, 8))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageContainingAll(words);
    }

    private static ModelBuilder convolution() {
        return new ModelBuilder().weights("w", 6, 4, 3, 3);
    }

    @Test
    void everyUnknownOperationIsToldAtOnceWithItsNodeAndThoseThatAreKnown() throws IOException {
        refuses(new ModelBuilder().node("Gelu", "image -> a").node("NonMaxSuppression", "a -> b").node("Gelu", "b -> c")
                        .node("com.microsoft.FusedConv", "c -> d").head("d", 4),
                "Gelu (node 'my Gelu' (Gelu) and 1 more)", "NonMaxSuppression (node 'my NonMaxSuppression'", "com.microsoft.FusedConv",
                "Known are Add, AveragePool, BatchNormalization", "Unsqueeze");
    }

    @Test
    void quantisedNetworks() throws IOException {
        refuses(new ModelBuilder().node("QLinearConv", "image -> a").head("a", 4), "QLinearConv", "quantised", "as it was before");
    }

    @Test
    void controlFlow() throws IOException {
        AttributeProto branch = AttributeProto.newBuilder().setName("then_branch").setType(AttributeType.GRAPH).setG(GraphProto.newBuilder()).build();
        refuses(new ModelBuilder().node("If", "image -> a", branch).head("a", 4), "'my If' (If) is control flow");
    }

    @Test
    void functionsOfTheFile() throws IOException {
        ModelProto.Builder model = new ModelBuilder().head("image", 4).model();
        model.addFunctions(FunctionProto.newBuilder().setName("mine"));
        refuses(Files.write(folder.resolve("net.onnx"), model.build().toByteArray()), "'mine'", "inlined");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 8, 22, -1, Long.MAX_VALUE})
    void opsetsOutsideNineToTwentyOne(long opset) throws IOException {
        refuses(new ModelBuilder().opset(opset).head("image", 4), "opset " + opset, "9 to 21");
    }

    @Test
    void severalInputsOrOutputs() throws IOException {
        ModelBuilder two = new ModelBuilder().head("image", 4);
        two.graph().addInput(ModelBuilder.value("mask", 1, 1, 8, 8));
        refuses(two, "2 inputs", "mask", "image");
        ModelBuilder outputs = new ModelBuilder().head("image", 4);
        outputs.graph().addOutput(ValueInfoProto.newBuilder().setName("boxes"));
        refuses(outputs, "2 outputs", "boxes", "y");
    }

    @Test
    void inputsThatAreNoImages() throws IOException {
        refuses(new ModelBuilder().image(0, 16).head("image", 4), "'image' has 2 dimensions", "[batch, channels, height, width]");
        ModelProto.Builder sequence = new ModelBuilder().head("image", 4).model();
        sequence.getGraphBuilder().getInputBuilder(0).setType(TypeProto.newBuilder().setSequenceType(TypeProto.Sequence.newBuilder()));
        refuses(Files.write(folder.resolve("net.onnx"), sequence.build().toByteArray()), "'image' is no tensor (SEQUENCE_TYPE)");
    }

    @Test
    void shuffledChannels() throws IOException {
        refuses(new ModelBuilder().integers("groups", 0, 2, 2, 8, 8).integers("back", 0, 4, 8, 8)
                        .node("Reshape", "image groups -> a").node("Transpose", "a -> b", list("perm", 0, 2, 1, 3, 4))
                        .node("Reshape", "b back -> c").head("c", 4),
                "'my Reshape' (Reshape)", "channel shuffle", "takes an axis apart");
    }

    @Test
    void attributesThatAreNotKnown() throws IOException {
        refuses(convolution().node("Conv", "image w -> a", integer("sparsity", 1)).head("a", 6), "'my Conv'", "'sparsity'", "known are", "dilations");
        refuses(new ModelBuilder().integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).node("Pad", "image pads -> a", text("mode", "reflect")).head("a", 4),
                "'my Pad'", "mode=reflect", "mode=constant");
        refuses(convolution().node("Conv", "image w -> a", text("auto_pad", "SOME")).head("a", 6), "auto_pad=SOME", "SAME_UPPER");
    }

    @Test
    void networksThatWereExportedInTraining() throws IOException {
        refuses(new ModelBuilder().weights("v", 4).node("BatchNormalization", "image v v v v -> a", integer("training_mode", 1)).head("a", 4),
                "'my BatchNormalization'", "model.eval()");
    }

    @Test
    void predictionsThatAreNone() throws IOException {
        refuses(new ModelBuilder().weights("one", 256, 1).node("Flatten", "image -> f").node("MatMul", "f one -> l").node("Sigmoid", "l -> y"),
                "'y' gives one number", "two outputs");
        refuses(new ModelBuilder().output("l").head("image", 4).node("Sigmoid", "l -> s").output("s"), "'s' ends in Sigmoid", "Softmax or logits");
        refuses(new ModelBuilder().integers("c", 3).output("c"), "'c' does not depend on the image");
        refuses(new ModelBuilder().node("Identity", "image -> y"), "gives the image itself");
    }

    @Test
    void circlesAndNamesGivenTwice() throws IOException {
        refuses(new ModelBuilder().node("Add", "image b -> a").node("Relu", "a -> b").head("a", 4), "depends on its own output");
        refuses(new ModelBuilder().node("Relu", "image -> a").node("Sigmoid", "image -> a").head("a", 4), "'a', which is given elsewhere too");
        refuses(new ModelBuilder().node("Relu", "nowhere -> a").head("a", 4), "'my Relu'", "'nowhere', which nothing gives");
        refuses(new ModelBuilder().weights("w", 2).weights("w", 2).head("image", 4), "two tensors 'w'");
    }

    @Test
    void tensorsThatClaimMoreThanIsThere() throws IOException {
        TensorProto claims = TensorProto.newBuilder().setName("w").setDataType(DataType.FLOAT_VALUE)
                .addDims(1L << 31).addDims(1L << 31).addDims(3).addDims(3).setRawData(ByteString.copyFrom(new byte[64])).build();
        refuses(new ModelBuilder().tensor(claims).node("Conv", "image w -> a").head("a", 4), "'w'", "damaged");
        refuses(new ModelBuilder().tensor(TensorProto.newBuilder(claims).setDims(0, -1).build()).head("image", 4), "'w' has the shape [-1");
        refuses(new ModelBuilder().tensor(TensorProto.newBuilder(claims).setDataType(DataType.STRING_VALUE).build()).head("image", 4), "'w' is of type STRING");
    }

    @Test
    void constantsThatGrowWithoutBound() throws IOException {
        refuses(new ModelBuilder().integers("many", 1L << 40).node("ConstantOfShape", "many -> c").node("Add", "image c -> a").head("a", 4),
                "'my ConstantOfShape'", "would make constants");
        refuses(new ModelBuilder().integers("from", 0).integers("to", Long.MAX_VALUE).integers("by", 1).node("Range", "from to by -> c")
                .node("Reshape", "image c -> a").head("a", 4), "'my Range'", "counts from");
        refuses(new ModelBuilder().integers("one", 1).integers("many", 1 << 30, 1 << 30).node("Expand", "one many -> c")
                .node("Reshape", "image c -> a").head("a", 4), "'my Expand'");
        ModelBuilder doubling = new ModelBuilder().integers("c0", 1, 2, 3);
        for (int i = 0; i < 60; i++) {
            doubling.node("Concat", "c" + i + " c" + i + " -> c" + (i + 1), integer("axis", 0));
        }
        refuses(doubling.node("Reshape", "image c60 -> a").head("a", 4), "'my Concat'", "would make constants");
    }

    @Test
    void mapsThatCannotBe() throws IOException {
        refuses(convolution().node("Conv", "image w -> a", list("strides", 0, 1)).head("a", 6), "strides=[0, 1]");
        refuses(convolution().node("Conv", "image w -> a", list("pads", -1, 0, 0, 0)).head("a", 6), "pads=[-1, 0, 0, 0]");
        refuses(convolution().node("Conv", "image w -> a", list("pads", 0, 0, 0, Integer.MAX_VALUE)).head("a", 6), "pads=");
        refuses(convolution().node("Conv", "image w -> a", list("dilations", 9, 9)).head("a", 6), "covers 19 pixels");
        refuses(new ModelBuilder().weights("w", 6, 3, 3, 3).node("Conv", "image w -> a").head("a", 6), "[6, 3, 3, 3] in 1 groups for a map of 4x8x8");
        refuses(new ModelBuilder().integers("pads", 0, 0, 0, 0, 0, -3, -20, 0).node("Pad", "image pads -> a").head("a", 1), "'my Pad'", "map of 1x-12x8");
        ModelBuilder growing = new ModelBuilder().integers("pads", 0, 0, 16384, 16384, 0, 0, 16384, 16384).node("Pad", "image pads -> p0");
        refuses(growing.head("p0", 4), "'my Pad'", "would give a map of 4x32776x32776");
    }

    @Test
    void factorsForMoreChannelsThanAnyNetworkHas() throws IOException {
        ModelBuilder many = new ModelBuilder().image(0, 4, 1, 1).integers("pads", 0, 8192, 0, 0, 0, 8192, 0, 0).weights("one", 1).node("Relu", "image -> p0");
        for (int i = 0; i < 2000; i++) {
            many.node("Pad", "p" + i + " pads -> q" + i).node("Add", "q" + i + " one -> p" + (i + 1));
        }
        refuses(many.head("p2000", 4), "'my Add'", "needs factors for");
    }

    @Test
    void manyEmptyMessages() throws IOException {
        byte[] empty = new byte[2 * 600_000];
        for (int i = 0; i < empty.length; i += 2) {
            empty[i] = 0x0a;
        }
        ModelProto model = ModelProto.newBuilder().setIrVersion(8).setGraph(GraphProto.parseFrom(new byte[0])).build();
        byte[] head = Arrays.copyOf(model.toByteArray(), 2);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(head);
        CodedOutputStream coded = CodedOutputStream.newInstance(out);
        coded.writeByteArray(7, empty);
        coded.flush();
        refuses(Files.write(folder.resolve("net.onnx"), out.toByteArray()), "more than 500000 messages");
    }

    @Test
    void aFileOfTwoGigabytes() throws IOException {
        Path file = folder.resolve("net.onnx");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 31);
        }
        refuses(file, "2147483648 bytes", "external data");
    }

    private static TensorProto beside(String location, String offset, String length) {
        return TensorProto.newBuilder().setName("w").setDataType(DataType.FLOAT_VALUE).addDims(4).addDims(3)
                .setDataLocation(DataLocation.EXTERNAL)
                .addExternalData(StringStringEntryProto.newBuilder().setKey("location").setValue(location))
                .addExternalData(StringStringEntryProto.newBuilder().setKey("offset").setValue(offset))
                .addExternalData(StringStringEntryProto.newBuilder().setKey("length").setValue(length))
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "/etc/passwd", "below/weights", "", "..", ".", "a/../../b", "\0"})
    void weightsOutsideTheModelsFolder(String location) throws IOException {
        refuses(new ModelBuilder().tensor(beside(location, "0", "48")).head("image", 4), "'w'", "only files in the model's own folder");
    }

    @Test
    void weightsBehindALink() throws IOException {
        Path elsewhere = Files.write(Files.createDirectory(folder.resolve("elsewhere")).resolve("weights"), new byte[48]);
        Files.createSymbolicLink(folder.resolve("weights"), elsewhere);
        refuses(new ModelBuilder().tensor(beside("weights", "0", "48")).head("image", 4), "'w'", "only files in the model's own folder");
    }

    @Test
    void weightsBesideTheModelThatAreNotThere() throws IOException {
        refuses(new ModelBuilder().tensor(beside("absent", "0", "48")).head("image", 4), "absent", "Put that file beside the model");
        Files.write(folder.resolve("short"), new byte[40]);
        refuses(new ModelBuilder().tensor(beside("short", "0", "48")).head("image", 4), "bytes 0 to 48 of short, which has 40");
        refuses(new ModelBuilder().tensor(beside("short", "9223372036854775000", "48")).head("image", 4), "offset '9223372036854775000'");
        refuses(new ModelBuilder().tensor(beside("short", "-8", "48")).head("image", 4), "offset '-8'");
        refuses(new ModelBuilder().tensor(beside("short", "0", "40")).head("image", 4), "needs 48 bytes but names 40");
    }

    @Test
    void openSizesOnWhichThePaddingDepends() throws IOException {
        refuses(convolution().image(0, 4, 0, 0)
                        .node("Conv", "image w -> a", text("auto_pad", "SAME_LOWER"), list("strides", 2, 2)).head("a", 6),
                "leaves the height and width of its images open", "'a", "fixed height and width");
    }

    @Test
    void weightsThatAreNoNumbers() throws IOException {
        TensorProto nan = TensorProto.newBuilder().setName("w").setDataType(DataType.FLOAT_VALUE).addDims(1).addDims(4).addDims(1).addDims(1)
                .addFloatData(1).addFloatData(Float.NaN).addFloatData(1).addFloatData(1).build();
        refuses(new ModelBuilder().tensor(nan).node("Conv", "image w -> a").head("a", 1), "'W' of 'a' is not finite");
    }

    @Test
    void filesThatAreNotOnnxAreNotAccepted() throws IOException {
        OnnxReader reader = new OnnxReader();
        assertThat(reader.accepts(Files.writeString(folder.resolve("a"), "{\"layers\": []}"))).isFalse();
        assertThat(reader.accepts(Files.write(folder.resolve("b"), new byte[0]))).isFalse();
        assertThat(reader.accepts(Files.write(folder.resolve("c"), new byte[] {'P', 'K', 3, 4, 0, 0}))).isFalse();
        assertThat(reader.accepts(folder)).isFalse();
        assertThat(reader.accepts(folder.resolve("absent"))).isFalse();
        for (Fixture fixture : Fixture.all().toList()) {
            assertThat(reader.accepts(fixture.file())).as(fixture.name()).isTrue();
        }
        assertThat(reader.accepts(new ModelBuilder().head("image", 4).write(folder.resolve("d")))).isTrue();
        assertThat(new OnnxReader().read(folder.resolve("d"), new NoOptions()).channels()).isEqualTo(4);
    }
}
