package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real VGG16 and real digits, of the folder that stands beside the checkout. */
class Vgg16IT {

    private static final String PIPELINE = """
            - route:
                id: vgg
                from:
                  uri: direct:vgg
                  steps:
                    - to:
                        uri: stage:load
                        parameters:
                          model: RAW({{model}})
                          data: RAW({{data}})
                          train: 40
                          validation: 12
                          test: 12
                    - to: "stage:evaluate?split=validation&as=whole"
                    - to: "stage:decompose"
                    - to: "stage:evaluate?split=validation&as=decomposed"
                    - to: "stage:fold"
                    - to: "stage:evaluate?split=validation&as=folded"
            """;

    @TempDir
    private Path folder;

    @Test
    void decomposingRealWeightsChangesNoAnswer() throws IOException {
        Path model = Shared.file("models/vgg16-hed-notop.h5");
        Path data = Shared.file("data/mnist");
        Path pipeline = Files.writeString(folder.resolve("vgg.camel.yaml"), PIPELINE);

        RunFolder run = espalier("run", pipeline.toString(), "--run-dir", folder.resolve("runs").toString(),
                "-p", "model=" + model, "-p", "data=" + data).endsWith(0).run();

        // 28x28 is padded to what VGG16 halves evenly five times.
        assertThat(run.events("stage-finished").get(0).path("stage").asText()).isEqualTo("load");
        assertThat(run.summary().at("/loaded/parameters").asLong()).isEqualTo(14_714_688 + 2 * 512 + 512 * 10 + 10);
        List<JsonNode> metrics = run.events("metrics");
        assertThat(metrics).hasSize(3);
        for (JsonNode after : metrics.subList(1, 3)) {
            assertThat(after.at("/metrics/accuracy")).isEqualTo(metrics.get(0).at("/metrics/accuracy"));
            double loss = metrics.get(0).at("/metrics/loss").asDouble();
            assertThat(after.at("/metrics/loss").asDouble()).isCloseTo(loss, within(1e-3 * loss));
        }
    }
}
