package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Shared;
import io.espalier.api.ModelReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No reader takes what it cannot read: what is in other formats is left to those of other plugins, or told to be unknown. */
class UnknownFormatsTest {

    private static final List<ModelReader<?>> READERS =
            List.of(new Dl4jReader(), new KerasWeightsReader(), new ArchitectureReader());

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {
        "models/resnet20-cifar10.onnx", "models/resnet56-cifar10.onnx", "data/pneumoniamnist/pneumoniamnist-reduced-train.npz",
        "data/mnist/t10k-images-idx3-ubyte.gz", "data/cifar10/test_batch.bin", "data/mnist", "ASSETS.md"})
    void nobodyAcceptsIt(String name) throws IOException {
        Path file = Shared.file(name);
        for (ModelReader<?> reader : READERS) {
            assertThat(reader.accepts(file)).as(reader.getClass().getSimpleName()).isFalse();
        }
    }

    @Test
    void nobodyAcceptsAFileThatIsNotThere() throws IOException {
        for (ModelReader<?> reader : READERS) {
            assertThat(reader.accepts(folder.resolve("absent"))).isFalse();
        }
    }
}
