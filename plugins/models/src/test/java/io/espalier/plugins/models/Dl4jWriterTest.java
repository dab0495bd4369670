package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.Clip;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Dl4jWriterTest {

    private static final Normalisation NORMALISATION =
            new Normalisation(ColourOrder.BGR, 1 / 255.0, List.of(0.1, 0.2), List.of(1 / 3.0));

    private final Dl4jWriter writer = new Dl4jWriter();

    @TempDir
    Path folder;

    private static Network network() {
        return Network.of(
                SmallNetworks.pooling(InputType.convolutional(9, 7, 2)),
                new Preprocessing(new ImageShape(2, 9, 7), Fit.RESIZE, NORMALISATION),
                List.of("ant", "bee", "cat", "dög"));
    }

    private Path written(Network network, String name) throws IOException {
        Path file = folder.resolve(name);
        writer.write(network, Map.of("metrics", Map.of("accuracy.test", 0.5)), file, new NoOptions());
        return file;
    }

    @Test
    void whatIsWrittenIsReadAgainWithItsCard() throws IOException {
        Network network = network();
        Path file = written(network, "network.zip");
        Pretrained read = new Dl4jReader().read(file, new NoOptions());
        assertThat(read.input()).contains(new ImageShape(2, 9, 7));
        assertThat(read.normalisation()).contains(NORMALISATION);
        assertThat(read.fit()).contains(network.preprocessing().fit());
        assertThat(read.classes()).contains(network.classes());
        INDArray images = Nd4j.rand(3, 2, 9, 7);
        assertThat(read.graph().outputSingle(images)).isEqualTo(network.graph().outputSingle(images));
        assertThat(new String(Zips.read(file).get("espalier.json"), StandardCharsets.UTF_8)).contains("accuracy.test", "\"fit\" : \"resize\"");
    }

    @Test
    void theSameNetworkGivesTheSameBytes() throws IOException, InterruptedException {
        Path first = written(network(), "first.zip");
        // DL4J's default seed is the time in milliseconds.
        Thread.sleep(5);
        assertThat(written(network(), "second.zip")).hasSameBinaryContentAs(first);
    }

    /** Layers, a vertex and activations of ours, each put where DL4J would need its own. */
    static Stream<Arguments> ours() {
        ConvolutionLayer two = new ConvolutionLayer.Builder(1, 1).nIn(2).nOut(2).build();
        return Stream.of(
                Arguments.of(new GroupedConvolution(two, 2), "GroupedConvolution"),
                Arguments.of(new ConstantPadding(new int[] {1, 1}, new int[] {1, 1}, new int[2], 0), "ConstantPadding"),
                Arguments.of(new ChannelAffine(2), "ChannelAffine"),
                Arguments.of(new ActivationLayer(new HardSwish()), "HardSwish"),
                Arguments.of(new ActivationLayer(new HardSigmoid(0.2, 0.5)), "HardSigmoid"),
                Arguments.of(new ActivationLayer(new Clip(0, 6)), "Clip"));
    }

    @ParameterizedTest
    @MethodSource("ours")
    void whatPlainDl4jDoesNotHaveIsRefusedByNameWithTheFormatThatHasIt(Layer layer, String kind) {
        Network network = network();
        Network strange = network.edit().replace(network.node("first").computing(layer, Map.of())).build();
        refuses(strange, "layer 'first' is a " + kind, "format=onnx");
    }

    @Test
    void aGateIsRefusedByName() {
        Network network = network();
        NetworkEdit edit = network.edit();
        network.consumers("first").forEach(node -> edit.replace(node.reading(List.of("gated"))));
        edit.add(new Node("gated", new Gate(), List.of("first", "first"), Map.of()));
        refuses(edit.build(), "layer 'gated' is a Gate", "format=onnx");
    }

    @Test
    void aDecomposedConvolutionIsToBeFoldedFirst() {
        Network network = network();
        Network decomposed = Decomposition.decompose(network);
        assertThat(Decomposition.scalings(decomposed)).isNotEmpty();
        refuses(decomposed, "is a BasisScalingConvolution", "stage:fold");
    }

    private void refuses(Network network, String... words) {
        Path file = folder.resolve("refused.zip");
        assertThatThrownBy(() -> writer.write(network, Map.of(), file, new NoOptions()))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words);
        assertThat(file).doesNotExist();
    }

    @Test
    void plainDl4jInAnotherJvmReadsItAndGivesTheSameOutputs() throws IOException, InterruptedException {
        Network network = network();
        Path file = written(network, "network.zip");
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar") && !Path.of(entry).getFileName().toString().startsWith("espalier"))
                .collect(Collectors.joining(File.pathSeparator));
        Path arguments = Files.writeString(folder.resolve("arguments"), "-Xmx512m -cp \"" + classPath + "\"");
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + arguments, source().toString(), file.toString())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();

        float[] expected = network.graph().outputSingle(Nd4j.linspace(-1, 1, 2 * 2 * 9 * 7).reshape(2, 2, 9, 7)
                .castTo(DataType.FLOAT)).dup('c').data().asFloat();
        String[] actual = Files.readAllLines(output).stream().filter(line -> line.startsWith("outputs ")).findFirst().orElseThrow()
                .substring("outputs ".length()).split(" ");
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Float.parseFloat(actual[i])).isCloseTo(expected[i], offset(1e-6f));
        }
    }

    /** A program that knows DL4J only; Java runs it from its source. */
    private static Path source() {
        for (Path candidate : List.of(Path.of("src/test/resources/PlainDl4j.java"), Path.of("plugins/models/src/test/resources/PlainDl4j.java"))) {
            if (Files.exists(candidate)) {
                return candidate.toAbsolutePath();
            }
        }
        throw new IllegalStateException("PlainDl4j.java is not among the test resources");
    }
}
