package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ArchitectureReaderTest {

    private static final String INPUT = "{\"input\": {\"channels\": 2, \"height\": 8, \"width\": 6},\n\"layers\": [\n";
    private static final String SOFTMAX = "{\"type\": \"softmax\", \"classes\": 3}\n]}";

    private final ArchitectureReader reader = new ArchitectureReader();

    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("network.json"), text);
    }

    private Pretrained read(String text, long seed) throws IOException {
        Path file = file(text);
        assertThat(reader.accepts(file)).isTrue();
        return reader.read(file, new ArchitectureReader.Options(seed));
    }

    private void refuses(String text, String... parts) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> reader.read(file, new ArchitectureReader.Options(1)))
                .isInstanceOf(InputException.class).hasMessageContaining("network.json").hasMessageContainingAll(parts);
    }

    /** The project's own network: 320 + 9,248 + 18,496 + 2 x 36,928 + 73,856 + 2 x 147,584 + 1,290 parameters. */
    @Test
    void theShippedArchitectureHasHalfAMillionParameters() throws IOException {
        Path shipped = Path.of("").toAbsolutePath();
        while (!Files.exists(shipped.resolve("assets/fashion-vgg.json"))) {
            shipped = shipped.getParent();
        }
        Pretrained read = reader.read(shipped.resolve("assets/fashion-vgg.json"), new ArchitectureReader.Options(1));
        assertThat(read.graph().numParams()).isEqualTo(472_234);
        assertThat(read.input()).contains(new ImageShape(1, 28, 28));
        assertThat(read.normalisation()).isPresent();
        INDArray images = Nd4j.randn(16, 1, 28, 28);
        INDArray features = read.graph().feedForward(images, false).get("block3_conv3");
        // He's initialisation keeps the size of activations through the layers.
        assertThat(features.norm2Number().doubleValue() / Math.sqrt(features.length())).isBetween(0.3, 3.0);
    }

    @Test
    void everyKindOfLayerCanBeUsed() throws IOException {
        ComputationGraph graph = read(INPUT
                + "{\"type\": \"convolution\", \"filters\": 4, \"kernel\": 3, \"batchNorm\": true},"
                + "{\"type\": \"max-pooling\", \"size\": 2},"
                + "{\"type\": \"convolution\", \"filters\": 5, \"kernel\": 1},"
                + "{\"type\": \"dense\", \"units\": 7},"
                + "{\"type\": \"dropout\", \"rate\": 0.5},"
                + SOFTMAX, 1).graph();
        // The convolution before the batch norm has no bias; its statistics are 4 x 4 numbers.
        assertThat(graph.numParams()).isEqualTo(2 * 4 * 9 + 16 + 4 * 5 + 5 + 5 * 4 * 3 * 7 + 7 + 7 * 3 + 3);
        assertThat(graph.outputSingle(Nd4j.rand(2, 2, 8, 6)).shape()).containsExactly(2, 3);
    }

    @Test
    void theSameSeedGivesTheSameNetworkAndAnotherSeedAnother() throws IOException {
        String text = INPUT + "{\"type\": \"convolution\", \"filters\": 4, \"kernel\": 3},{\"type\": \"global-average-pooling\"}," + SOFTMAX;
        INDArray first = read(text, 1).graph().params().dup();
        Nd4j.getRandom().setSeed(99);
        assertThat(read(text, 1).graph().params()).isEqualTo(first);
        assertThat(read(text, 2).graph().params()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"type\": \"convolution\", \"filters\": 4, \"kernel\": 2},        | network.json:3 | 2 is even",
        "{\"type\": \"convolution\", \"filters\": 0, \"kernel\": 3},        | network.json:3 | 1 <= filters <= 65536",
        "{\"type\": \"convolution\", \"kernel\": 3},                        | network.json:3 | 'filters' is missing",
        "{\"type\": \"convolution\", \"filters\": 4, \"kernels\": 3},       | network.json:3 | 'kernel' is missing",
        "{\"type\": \"dropout\", \"rate\": 0.1, \"seed\": 3},               | network.json:3 | 'seed' is not known here",
        "{\"type\": \"dropout\", \"rate\": 1},                              | network.json:3 | 0 <= rate < 1",
        "{\"type\": \"attention\"},                                         | network.json:3 | there are convolution, max-pooling",
        "7,                                                                 | network.json:3 | must be an object",
        "{\"type\": \"max-pooling\", \"size\": 7},                          | 'max-pooling1' | feature map of 8x6",
        "{\"type\": \"dense\", \"units\": 4}, {\"type\": \"max-pooling\", \"size\": 2},   | 'max-pooling2' | needs a feature map",
        "{\"type\": \"dense\", \"units\": 4, \"name\": \"input\"},          | network.json:3 | a second layer is named 'input'",
        "{\"type\": \"softmax\", \"classes\": 4},                           | 'softmax1'     | must be the last layer",
        "{\"type\": \"dense\", \"units\": 60000}, {\"type\": \"dense\", \"units\": 60000}, | 'dense2' | more than 100000000",
    })
    void aLayerThatCannotBeIsRefusedByPlaceAndReason(String layer, String place, String reason) throws IOException {
        refuses(INPUT + layer + SOFTMAX, place, reason);
    }

    @Test
    void aFileThatIsNotWholeIsRefused() throws IOException {
        refuses(INPUT + "{\"type\": \"dense\"", "network.json:3", "no JSON");
        refuses(INPUT, "no JSON");
        refuses("{\"layers\": [" + SOFTMAX, "'input' is missing");
        refuses("{\"layer\": []}", "there is no 'layer'");
        refuses(INPUT + "{\"type\": \"dense\", \"units\": 4}]}", "must end with a layer of type softmax");
        refuses("[]", "must be a JSON object");
        refuses("{\"normalisation\": {\"scale\": 1, \"mean\": [0], \"deviation\": [0]}}", "deviation of 0");
    }
}
