package io.espalier.plugins.onnx.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.Shared;
import io.espalier.engine.DataBasis;
import io.espalier.engine.Dl4jEngine;
import io.espalier.network.BatchNorms;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The pretrained ResNets of {@code shared/models} on real images. */
class CifarNetworksTest {

    /** Logits of the first test image, from ASSETS.md, which has them from ONNX Runtime. */
    private static final Map<String, float[]> FIRST_IMAGE = Map.of(
            "resnet20", new float[] {-5.3097f, -0.4958f, 0.8773f, 23.7305f, -4.1050f, 4.4637f, -0.2343f, -5.4179f, -3.7118f, -9.8822f},
            "resnet56", new float[] {-5.5256f, -1.5469f, -0.7158f, 19.4394f, -5.0977f, 3.0219f, -1.5109f, -0.9350f, -1.7958f, -5.4049f});

    private static final int IMAGES = 64;

    private static Path file(String name) {
        return Shared.file("models/" + name + "-cifar10.onnx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet20", "resnet56"})
    void logitsAreThoseOfOnnxRuntime(String name) throws IOException {
        Network network = ReadNetwork.of(file(name), 0);
        INDArray images = CifarImages.read().images(0, IMAGES);
        INDArray ours = ReadNetwork.predict(network, images);
        for (int i = 0; i < 10; i++) {
            assertThat(ours.getFloat(0, i)).isCloseTo(FIRST_IMAGE.get(name)[i], within(2e-4f));
        }
        try (OnnxRuntime reference = new OnnxRuntime(file(name))) {
            assertThat(Networks.difference(ours, reference.predict(images))).isLessThan(1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet20", "resnet56"})
    void decomposedAtFullRankItComputesTheSame(String name) throws IOException {
        Network network = ReadNetwork.of(file(name), 0);
        Network decomposed = Decomposition.decompose(BatchNorms.fold(network));
        INDArray images = CifarImages.read().images(0, 16);
        assertThat(Networks.difference(ReadNetwork.predict(decomposed, images), ReadNetwork.predict(network, images))).isLessThan(1e-4);
    }

    /** By what every convolution gives for real images, those of other images than are predicted. */
    @Test
    void withBasesFromDataThatHoldAllOfTheVarianceItComputesTheSame() throws IOException {
        List<String> classes = IntStream.range(0, 10).mapToObj(String::valueOf).toList();
        Network network = BatchNorms.fold(ReadNetwork.of(file("resnet20"), 0)).withClasses(classes);
        CifarImages cifar = CifarImages.read();
        INDArray images = cifar.images(0, 16);
        Network decomposed = DataBasis.decompose(
                new Dl4jEngine(), network, cifar.split(100, 40), 1, Map.of(), (layer, number, layers, seen) -> {});
        assertThat(Decomposition.scalings(decomposed)).hasSize(19);
        assertThat(Networks.difference(ReadNetwork.predict(decomposed, images), ReadNetwork.predict(network, images))).isLessThan(1e-4);
    }

    /** Counts of PyTorch's model: sum of numel of its parameters. */
    @ParameterizedTest
    @ValueSource(strings = {"resnet20", "resnet56"})
    void optionAShortcutsCostNothing(String name) throws IOException {
        Network network = ReadNetwork.of(file(name), 0);
        int blocks = name.equals("resnet20") ? 3 : 9;
        assertThat(Cost.of(network).parameters()).isEqualTo(name.equals("resnet20") ? 269_722 : 853_018);
        Map<String, Long> kinds = network.nodes().stream().collect(Collectors.groupingBy(Node::kind, Collectors.counting()));
        assertThat(kinds)
                .containsEntry("ConvolutionLayer", 6L * blocks + 1)
                .containsEntry("BatchNormalization", 6L * blocks + 1)
                .containsEntry("ElementWiseVertex", 3L * blocks)
                .containsEntry("ConstantPadding", 2L)
                .containsEntry("LossLayer", 1L);
        List<Node> shortcuts = network.nodes().stream().filter(n -> n.kind().equals("SubsamplingLayer")).toList();
        assertThat(shortcuts).as("two strided shortcuts and the average pooling at the end").hasSize(3);
        assertThat(network.input()).isEqualTo("input");
        assertThat(ReadNetwork.ownOutput(network)).isEqualTo("logits");
    }
}
