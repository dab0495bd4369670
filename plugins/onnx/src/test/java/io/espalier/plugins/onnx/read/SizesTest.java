package io.espalier.plugins.onnx.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.api.InputException;
import io.espalier.api.ModelCard;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import onnx.OnnxMl.ModelProto;
import onnx.OnnxMl.StringStringEntryProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Which images a network takes, and what its card says of them. */
class SizesTest {

    @TempDir
    Path folder;

    private static Pretrained read(Path file) throws IOException {
        return new OnnxReader().read(file, new NoOptions());
    }

    private static Path fixture(String name) {
        return Fixture.folder().resolve(name + ".onnx");
    }

    @Test
    void aDenseLayerAfterAFlattenedMapFixesTheSizeThatTheFileLeavesOpen() throws IOException {
        assertThat(read(fixture("torch-plain-open")).input()).contains(new ImageShape(3, 16, 16));
    }

    @ParameterizedTest
    @ValueSource(strings = {"torch-bottleneck", "dynamo-bottleneck", "torch-ceil-open"})
    void aNetworkThatPoolsGloballyTakesManySizes(String name) throws IOException {
        assertThat(read(fixture(name)).input()).isEmpty();
        for (int side : new int[] {17, 20, 31}) {
            Network network = ReadNetwork.of(fixture(name), side);
            INDArray images = Networks.images(network, 2);
            try (OnnxRuntime reference = new OnnxRuntime(fixture(name))) {
                assertThat(Networks.difference(ReadNetwork.predict(network, images), reference.predict(images))).isLessThan(1e-4);
            }
        }
    }

    @Test
    void preprocessingIsTorchsUnlessTheFileSaysSo() throws IOException {
        Pretrained plain = read(fixture("torch-plain"));
        assertThat(plain.normalisation()).isEmpty();
        assertThat(plain.usual()).isEqualTo(Normalisation.TORCH);
        assertThat(plain.classes()).isEmpty();
    }

    @Test
    void theCardInTheMetadataSaysHowImagesAreNormalisedAndWhatTheClassesAre() throws IOException {
        Normalisation normalisation = new Normalisation(ColourOrder.BGR, 1, List.of(100.0, 110.0, 120.0), List.of(2.0));
        Pretrained read = read(withCard(card(new ImageShape(3, 16, 16), normalisation)));
        assertThat(read.normalisation()).contains(normalisation);
        assertThat(read.fit()).contains(Fit.RESIZE);
        assertThat(read.classes()).isEqualTo(Optional.of(List.of("a", "b", "c", "d", "e")));
        assertThat(read.input()).contains(new ImageShape(3, 16, 16));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "[1]", "{\"format\": \"espalier-model-card\", \"version\": 2}"})
    void aDamagedCardIsRefused(String card) throws IOException {
        Path file = withCard(card);
        assertThatThrownBy(() -> read(file)).isInstanceOf(InputException.class).hasMessageContainingAll("carded.onnx", "card");
    }

    @Test
    void aCardOfAnotherNetworkIsRefused() throws IOException {
        Path file = withCard(card(new ImageShape(3, 32, 32), Normalisation.UNIT));
        assertThatThrownBy(() -> read(file)).isInstanceOf(InputException.class).hasMessageContainingAll("carded.onnx", "3x32x32", "3x16x16");
    }

    private static String card(ImageShape shape, Normalisation normalisation) throws IOException {
        Network network = ReadNetwork.of(fixture("torch-plain"), 16)
                .with(new Preprocessing(shape, Fit.RESIZE, normalisation))
                .withClasses(List.of("a", "b", "c", "d", "e"));
        return ModelCard.text(network, Map.of());
    }

    private Path withCard(String text) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(fixture("torch-plain"))).toBuilder();
        model.addMetadataProps(StringStringEntryProto.newBuilder().setKey("espalier").setValue(text));
        return Files.write(folder.resolve("carded.onnx"), model.build().toByteArray());
    }
}
