package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.engine.Dl4jEngine;
import io.espalier.network.Network;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PredictionTest {

    private static final Normalisation NORMALISATION = Normalisation.UNIT;

    @TempDir
    Path folder;

    private final Network network = TinyNetwork.make();
    private Optional<Fit> ofTheModel = Optional.of(Fit.REFUSE);
    private Path model;

    @BeforeEach
    void aModel() throws IOException {
        model = Files.writeString(folder.resolve("network.tiny"), "tiny");
    }

    /** Reads every file that holds the word "tiny" as the same network. */
    private final class TinyReader implements ModelReader<NoOptions> {

        @Override
        public boolean accepts(Path file) throws IOException {
            return Files.readString(file).equals("tiny");
        }

        @Override
        public Pretrained read(Path file, NoOptions options) {
            return new Pretrained(
                    network.graph(), 1, Optional.of(new ImageShape(1, 2, 2)), Optional.empty(), ofTheModel, NORMALISATION,
                    Optional.of(network.classes()));
        }
    }

    private Prediction open(Optional<Fit> fit) {
        return open(fit, new TinyReader());
    }

    private Prediction open(Optional<Fit> fit, ModelReader<NoOptions> reader) {
        return Prediction.open(model, fit, new OneReader(reader), new Dl4jEngine());
    }

    private Path image(String name, int... grey) throws IOException {
        int size = (int) Math.sqrt(grey.length);
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, size, size, grey);
        Path file = folder.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    @Test
    void theAnswerIsTheNetworksOwn() throws IOException {
        INDArray pixels = Nd4j.createFromArray(0f, 51f / 255, 102f / 255, 1f).reshape(1, 1, 2, 2);
        INDArray expected = network.graph().outputSingle(pixels);
        int best = expected.getDouble(0, 1) > expected.getDouble(0, 0) ? 1 : 0;
        try (Prediction prediction = open(Optional.empty())) {
            Prediction.Answer answer = prediction.of(image("a.png", 0, 51, 102, 255));
            assertThat(answer.probability()).isEqualTo(expected.getDouble(0, best), within(1e-6));
            assertThat(answer.name()).isEqualTo(network.classes().get(best));
        }
    }

    @Test
    void anImageOfAnotherSizeIsTreatedAsTheModelSaysUnlessToldOtherwise() throws IOException {
        Path larger = image("larger.png", 1, 2, 3, 4, 5, 6, 7, 8, 9);
        try (Prediction asTheModelSays = open(Optional.empty());
                Prediction resized = open(Optional.of(Fit.RESIZE))) {
            assertThatThrownBy(() -> asTheModelSays.of(larger))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("larger.png: an image of 3x3 where 2x2 is wanted")
                    .hasMessageContaining("--fit resize");
            assertThat(resized.of(larger).probability()).isBetween(0.5, 1.0);
        }
        ofTheModel = Optional.of(Fit.RESIZE);
        try (Prediction asTheModelSays = open(Optional.empty())) {
            assertThat(asTheModelSays.of(larger).probability()).isBetween(0.5, 1.0);
        }
    }

    @Test
    void whatIsNoImageIsRefusedByName() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no image");
        Path whole = image("whole.png", 1, 2, 3, 4);
        byte[] bytes = Files.readAllBytes(whole);
        Path truncated = Files.write(folder.resolve("truncated.png"), Arrays.copyOf(bytes, bytes.length / 2));
        try (Prediction prediction = open(Optional.empty())) {
            for (Path file : List.of(text, truncated, folder.resolve("none.png"), folder)) {
                assertThatThrownBy(() -> prediction.of(file)).isInstanceOf(InputException.class).hasMessageContaining(file.toString());
            }
        }
    }

    @Test
    void whatIsNoModelIsRefusedByName() throws IOException {
        model = Files.writeString(folder.resolve("notes.txt"), "no network");
        assertThatThrownBy(() -> open(Optional.empty())).isInstanceOf(InputException.class).hasMessageContaining("notes.txt is in no known format of a network");
        model = folder.resolve("none.zip");
        assertThatThrownBy(() -> open(Optional.empty())).isInstanceOf(InputException.class).hasMessageContaining("none.zip does not exist");
        model = folder;
        assertThatThrownBy(() -> open(Optional.empty())).isInstanceOf(InputException.class).hasMessageContaining(folder + " is no file");
    }

    @Test
    void aNetworkWithoutAHeadIsRefused() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("images")
                .addLayer("maps", new ConvolutionLayer.Builder(1, 1).nOut(2).build(), "images")
                .setOutputs("maps")
                .setInputTypes(InputType.convolutional(2, 2, 1))
                .build());
        graph.init();
        ModelReader<NoOptions> headless = new ModelReader<>() {
            @Override
            public boolean accepts(Path file) {
                return true;
            }

            @Override
            public Pretrained read(Path file, NoOptions options) {
                return new Pretrained(
                        graph, 1, Optional.of(new ImageShape(1, 2, 2)), Optional.empty(), Optional.empty(), NORMALISATION, Optional.empty());
            }
        };
        assertThatThrownBy(() -> open(Optional.empty(), headless)).isInstanceOf(InputException.class).hasMessageContaining("has no head");
    }
}
