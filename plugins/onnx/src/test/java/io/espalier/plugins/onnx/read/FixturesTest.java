package io.espalier.plugins.onnx.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.api.NoOptions;
import io.espalier.data.Normalisation;
import io.espalier.layers.ChannelAffine;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import onnx.OnnxMl.ModelProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Exports of real frameworks, in every topology that is promised: what is read computes what ONNX Runtime computes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FixturesTest {

    private static final double TOLERANCE = 1e-4;

    static Stream<Fixture> fixtures() throws IOException {
        return Fixture.all();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void whatIsReadComputesWhatOnnxRuntimeComputes(Fixture fixture) throws IOException {
        Network network = fixture.network();
        assertThat(network.preprocessing().input().height()).isEqualTo(fixture.side());
        INDArray images = Networks.images(network, 2).muli(4);
        INDArray ours = ReadNetwork.predict(network, images);
        try (OnnxRuntime reference = new OnnxRuntime(fixture.file())) {
            INDArray theirs = reference.predict(inTheFilesOrder(fixture, images));
            assertThat(ours.shape()).containsExactly(theirs.shape());
            assertThat(Networks.difference(ours, theirs)).isLessThan(TOLERANCE);
            assertThat(ours.std().getDouble(0)).as("predictions differ, so an error in them would show").isGreaterThan(1e-3);
        }
    }

    private static INDArray inTheFilesOrder(Fixture fixture, INDArray images) throws IOException {
        var input = ModelProto.parseFrom(Files.readAllBytes(fixture.file())).getGraph().getInput(0);
        long second = input.getType().getTensorType().getShape().getDim(1).getDimValue();
        return second == fixture.side() ? images.permute(0, 2, 3, 1).dup('c') : images;
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void itHasAsManyParametersAsTheFrameworkSays(Fixture fixture) throws IOException {
        Network network = fixture.network();
        // Single constants in the graph, such as the 255 that pixels are divided by, are no parameters of any framework.
        long constants = network.nodes().stream()
                .filter(node -> node.layer(ChannelAffine.class).isPresent() && node.parameters().values().stream().allMatch(FixturesTest::isUniform))
                .flatMap(node -> node.parameters().values().stream())
                .mapToLong(INDArray::length)
                .sum();
        assertThat(Cost.of(network).parameters() - constants).isEqualTo(fixture.parameters());
    }

    private static boolean isUniform(INDArray values) {
        return values.maxNumber().equals(values.minNumber());
    }

    @Test
    void imagesComeAsTheFilesOwnScalingExpectsThem() throws IOException {
        assertThat(usual("keras-mobile")).as("it divides by 127.5 itself").isEqualTo(Normalisation.NONE);
        assertThat(usual("keras-plain")).isEqualTo(Normalisation.TORCH);
    }

    private static Normalisation usual(String fixture) throws IOException {
        return new OnnxReader().read(Fixture.folder().resolve(fixture + ".onnx"), new NoOptions()).usual();
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void inputAndOutputKeepTheirNames(Fixture fixture) throws IOException {
        var graph = ModelProto.parseFrom(Files.readAllBytes(fixture.file())).getGraph();
        Network network = fixture.network();
        List<String> inputs = graph.getInputList().stream().map(i -> i.getName()).toList();
        assertThat(inputs).contains(network.input());
        assertThat(ReadNetwork.ownOutput(network)).isEqualTo(graph.getOutput(0).getName());
    }
}
