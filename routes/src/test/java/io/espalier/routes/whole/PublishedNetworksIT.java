package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The published accuracy of published networks on all test images: as they are, decomposed, and written again. */
class PublishedNetworksIT {

    private static final String PIPELINE = """
            - route:
                id: published
                from:
                  uri: direct:published
                  steps:
                    - to:
                        uri: stage:load
                        parameters:
                          model: RAW({{model}})
                          data: RAW({{data}})
                          head: keep
                    - to: "stage:decompose"
                    - to: "stage:evaluate?split=test"
                    - to: "stage:fold"
                    - to: "stage:export?format=onnx&name=published"
            """;

    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE;
    private static final int RECORD = 1 + 3 * PIXELS;
    /** Share of the images; two points in ten thousand, as the figure is told. */
    private static final double TOLERANCE = 0.0002;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"resnet20-cifar10.onnx, 0.9173", "resnet56-cifar10.onnx, 0.9339"})
    void aPublishedNetworkScoresWhatWasPublished(String name, double accuracy) throws IOException {
        Path model = Shared.file("models/" + name);
        Path data = Shared.file("data/cifar10");
        Path pipeline = Files.writeString(folder.resolve("published.camel.yaml"), PIPELINE);
        RunFolder run = espalier("run", pipeline.toString(), "--run-dir", folder.resolve("runs").toString(),
                "-p", "model=" + model, "-p", "data=" + data).endsWith(0).run();

        JsonNode card = run.json("artifacts/published.json");
        assertThat(card.at("/metrics/accuracy.test.loaded").asDouble()).as("as loaded").isCloseTo(accuracy, within(TOLERANCE));
        assertThat(card.at("/metrics/accuracy.test").asDouble()).as("decomposed, all factors 1").isCloseTo(accuracy, within(TOLERANCE));
        assertThat(inOnnxRuntime(run.artifact("published.onnx"), data)).as("in ONNX Runtime").isCloseTo(accuracy, within(TOLERANCE));
    }

    private static double inOnnxRuntime(Path file, Path data) throws IOException {
        byte[] records = Files.readAllBytes(data.resolve("test_batch.bin"));
        int count = records.length / RECORD;
        try (OnnxModel model = new OnnxModel(file)) {
            assertThat(model.inputs()).containsExactly("input");
            assertThat(model.outputs()).containsExactly("logits");
            JsonNode normalisation = model.card().at("/preprocessing/normalisation");
            long right = 0;
            for (int from = 0; from < count; from += 1000) {
                float[][] images = new float[1000][];
                int[] labels = new int[1000];
                for (int i = 0; i < images.length; i++) {
                    images[i] = prepared(records, (from + i) * RECORD, normalisation);
                    labels[i] = records[(from + i) * RECORD];
                }
                right += OnnxModel.right(model.results(images, 3, SIDE, SIDE), labels);
            }
            return right / (double) count;
        }
    }

    private static float[] prepared(byte[] records, int at, JsonNode normalisation) {
        float[] image = new float[3 * PIXELS];
        double scale = normalisation.path("scale").asDouble();
        for (int p = 0; p < image.length; p++) {
            double mean = normalisation.path("mean").path(p / PIXELS).asDouble();
            double deviation = normalisation.path("deviation").path(p / PIXELS).asDouble();
            image[p] = (float) (((records[at + 1 + p] & 0xff) * scale - mean) / deviation);
        }
        return image;
    }
}
