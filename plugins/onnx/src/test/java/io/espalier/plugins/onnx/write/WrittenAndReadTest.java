package io.espalier.plugins.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.Shared;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import io.espalier.plugins.onnx.OnnxRuntime;
import io.espalier.plugins.onnx.read.OnnxReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What was written comes back. */
class WrittenAndReadTest {

    private static final int CIFAR_RECORD = 1 + 3 * 32 * 32;
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    @TempDir
    private Path folder;

    static Stream<Arguments> networksAndWhatStagesMakeOfThem() {
        return Networks.all().stream().flatMap(network -> Stream.of(Variants.values()).map(variant -> Arguments.of(network, variant)));
    }

    static Network read(Path file) throws IOException {
        Pretrained pretrained = new OnnxReader().read(file, new NoOptions());
        Preprocessing preprocessing = new Preprocessing(
                pretrained.input().orElseThrow(), pretrained.fit().orElse(Fit.PAD), pretrained.normalisation().orElse(pretrained.usual()));
        return Network.of(pretrained.graph(), preprocessing, pretrained.classes().orElse(List.of()));
    }

    @ParameterizedTest
    @MethodSource("networksAndWhatStagesMakeOfThem")
    void whatWasWrittenIsReadAsTheSameNetwork(Network original, Variants variant) throws IOException {
        Network network = variant.of(original);
        Path file = Written.to(folder.resolve("network.onnx"), network, NetworkEnd.Output.AUTO);
        Network read = read(file);
        INDArray images = Networks.images(network, 3);
        assertThat(Networks.difference(Written.own(read, images), Written.own(network, images))).isLessThan(1e-5);
        assertThat(Cost.of(read)).isEqualTo(Cost.of(network));
        assertThat(read.preprocessing()).isEqualTo(network.preprocessing());
        assertThat(read.classes()).isEqualTo(network.classes());
        assertThat(read.input()).isEqualTo(network.input());
        assertThat(read.output()).isEqualTo(outputName(network));
        assertThat(names(read)).containsAll(namesInFile(file, network));
    }

    @ParameterizedTest
    @MethodSource("networksAndWhatStagesMakeOfThem")
    void whatWasReadIsWrittenAsTheSameFileAgain(Network original, Variants variant) throws IOException {
        Path first = Written.to(folder.resolve("first.onnx"), variant.of(original), NetworkEnd.Output.AUTO);
        Path second = Written.to(folder.resolve("second.onnx"), read(first), NetworkEnd.Output.AUTO);
        Path third = Written.to(folder.resolve("third.onnx"), read(second), NetworkEnd.Output.AUTO);
        INDArray images = Networks.images(original, 3);
        try (OnnxRuntime one = new OnnxRuntime(first); OnnxRuntime two = new OnnxRuntime(second)) {
            assertThat(Networks.difference(two.predict(images), one.predict(images))).isLessThan(1e-6);
            assertThat(two.output()).isEqualTo(one.output());
        }
        assertThat(Files.mismatch(second, third)).as("once read, nothing changes any more").isEqualTo(-1);
    }

    /** A softmax that is in no file has the name that the reader gives it. */
    private static String outputName(Network network) {
        Node last = network.node(network.output());
        return last.layer(LossLayer.class).isPresent() ? last.inputs().get(0) + "-softmax" : last.name();
    }

    private static Set<String> names(Network network) {
        Set<String> names = new HashSet<>();
        network.nodes().forEach(node -> names.add(node.name()));
        return names;
    }

    /** Those names of what computes that values of the file bear; a change of shape may come back as part of the layer behind it. */
    private static List<String> namesInFile(Path file, Network network) throws IOException {
        Set<String> values = new HashSet<>();
        Onnx.ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getNodeList().forEach(operator -> values.addAll(operator.getOutputList()));
        return network.nodes().stream().filter(node -> !(node.vertex() instanceof PreprocessorVertex)).map(Node::name).filter(values::contains).toList();
    }

    /** Images [count, 3, 32, 32] from the first on, as the networks in shared take them. */
    private static INDArray cifar(byte[] records, int from, int count) {
        float[] numbers = new float[count * (CIFAR_RECORD - 1)];
        for (int i = 0, at = 0; i < count; i++) {
            for (int p = 1; p < CIFAR_RECORD; p++) {
                int channel = (p - 1) / (32 * 32);
                numbers[at++] = ((records[(from + i) * CIFAR_RECORD + p] & 0xff) / 255f - MEAN[channel]) / DEVIATION[channel];
            }
        }
        return Nd4j.createFromArray(numbers).reshape(count, 3, 32, 32);
    }

    @Test
    void aPublishedNetworkReadAndWrittenUntouchedIsTheSameOnRealImages() throws IOException {
        Path original = Shared.file("models/resnet20-cifar10.onnx");
        byte[] records = Files.readAllBytes(Shared.file("data/cifar10/test_batch.bin"));
        Network network = read(original);
        Path exported = Written.to(folder.resolve("exported.onnx"), network, NetworkEnd.Output.AUTO);
        int right = 0;
        int images = records.length / CIFAR_RECORD;
        try (OnnxRuntime theirs = new OnnxRuntime(original); OnnxRuntime ours = new OnnxRuntime(exported)) {
            assertThat(ours.input()).isEqualTo(theirs.input());
            assertThat(ours.output()).isEqualTo(theirs.output());
            for (int from = 0; from < images; from += 500) {
                INDArray batch = cifar(records, from, 500);
                INDArray logits = ours.predict(batch);
                if (from == 0) {
                    assertThat(Networks.difference(logits, theirs.predict(batch))).isLessThan(1e-5);
                }
                INDArray told = logits.argMax(1);
                for (int i = 0; i < 500; i++) {
                    right += told.getInt(i) == records[(from + i) * CIFAR_RECORD] ? 1 : 0;
                }
            }
        }
        assertThat(right / (double) images).isEqualTo(0.9173);
    }
}
