package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks evaluated and written as ONNX, from the command to Microsoft's runtime. */
class OnnxIT {

    private static final int TEST_IMAGES = 200;

    @TempDir
    private Path folder;

    private Espalier.Said run(String pipeline, Map<String, String> options) {
        return espalier(Arguments.run(pipeline, folder, options)).endsWith(0);
    }

    /** Test images as the card in the file says that they are to come to the network. */
    private static float[][] prepared(Digits digits, JsonNode card) {
        JsonNode normalisation = card.at("/preprocessing/normalisation");
        double scale = normalisation.path("scale").asDouble();
        double mean = normalisation.at("/mean/0").asDouble();
        double deviation = normalisation.at("/deviation/0").asDouble();
        float[][] images = new float[digits.size()][Digits.SIDE * Digits.SIDE];
        for (int i = 0; i < images.length; i++) {
            for (int p = 0; p < images[i].length; p++) {
                images[i][p] = (float) (((digits.pixels()[i][p] & 0xff) * scale - mean) / deviation);
            }
        }
        return images;
    }

    private static float[][] results(OnnxModel model, Digits digits) {
        return model.results(prepared(digits, model.card()), 1, Digits.SIDE, Digits.SIDE);
    }

    @Test
    void aNetworkIsConvertedWithoutData() throws IOException {
        Espalier.Said said = run("convert", Map.of("model", TinyModels.trained().toString(), "size", "28"));
        assertThat(said.out()).contains("converted.onnx", "No test set was read.").doesNotContain("removed", "test accuracy");
        assertThat(said.out().lines().filter(line -> line.strip().startsWith("loaded"))).singleElement().asString().doesNotContain("pruned");

        Digits digits = Digits.first("t10k", 20);
        ComputationGraph original = ModelSerializer.restoreComputationGraph(TinyModels.trained().toFile());
        INDArray expected = original.outputSingle(digits.unit());
        try (OnnxModel model = new OnnxModel(said.run().artifact("converted.onnx"))) {
            assertThat(model.inputs()).containsExactly("images");
            assertThat(model.outputs()).containsExactly("classes");
            assertThat(model.card().has("data")).isFalse();
            assertThat(model.card().at("/lineage/0/stage").asText()).isEqualTo("load");
            float[][] results = results(model, digits);
            for (int i = 0; i < results.length; i++) {
                for (int c = 0; c < results[i].length; c++) {
                    assertThat((double) results[i][c]).as("image %d, class %d", i, c).isCloseTo(expected.getDouble(i, c), within(1e-5));
                }
            }
        }
    }

    @Test
    void aNetworkOfAnySizeIsNotConvertedUntilASizeIsGiven() {
        Espalier.Said said = espalier(Arguments.run("convert", folder, Map.of("model", TinyModels.trained().toString()))).endsWith(2);
        assertThat(said.err()).contains("images of many sizes", "give size=");
    }

    @Test
    void evaluatingMeasuresTheOneNetworkAndMakesNoOther() throws IOException {
        Espalier.Said said = run("evaluate", Map.of(
                "model", TinyModels.trained().toString(), "data", "bundled:mnist-small", "test", String.valueOf(TEST_IMAGES)));
        Digits digits = Digits.first("t10k", TEST_IMAGES);
        INDArray own = ModelSerializer.restoreComputationGraph(TinyModels.trained().toFile()).outputSingle(digits.unit());
        long right = OnnxModel.right(own.toFloatMatrix(), digits.labels());

        JsonNode summary = said.run().summary();
        assertThat(Math.round(summary.at("/loaded/accuracy").asDouble() * TEST_IMAGES)).isEqualTo(right);
        assertThat(summary.path("pruned")).isEqualTo(summary.path("loaded"));
        assertThat(summary.path("scaled").isNull()).isTrue();
        assertThat(summary.path("achievedReduction").isNull()).isTrue();
        assertThat(summary.path("testReads").asInt()).isEqualTo(1);
        assertThat(said.out()).contains("test accuracy", "The test set was read once.").doesNotContain("removed", "pruned");
        assertThat(said.run().events("metrics")).extracting(event -> event.path("name").asText()).containsExactly("test.loaded", "test");
    }

    @Test
    void whatBasisPruningLeavesOfTheBundledNetworkIsAsAccurateInOnnxRuntime() {
        Map<String, String> options = new LinkedHashMap<>(Arguments.rounds("0.3"));
        options.remove("model");
        options.putAll(Map.of("format", "onnx", "test", String.valueOf(TEST_IMAGES)));
        RunFolder run = run("basis-scaling", options).run();

        JsonNode pruned = run.summary().path("pruned");
        assertThat(run.summary().path("achievedReduction").asDouble()).isGreaterThanOrEqualTo(0.3);
        assertThat(Files.exists(run.artifact("pruned.zip"))).isFalse();
        Digits digits = Digits.first("t10k", TEST_IMAGES);
        try (OnnxModel model = new OnnxModel(run.artifact("pruned.onnx"))) {
            assertThat(model.card()).isEqualTo(run.json("artifacts/pruned.json"));
            long right = OnnxModel.right(results(model, digits), digits.labels());
            assertThat(right).isEqualTo(Math.round(pruned.path("accuracy").asDouble() * TEST_IMAGES));
            assertThat(right).as("of %d, so that it is no chance", TEST_IMAGES).isGreaterThan(TEST_IMAGES / 3);
        }
    }

    @Test
    void aPipelineThatTrainsWithoutDataIsRefusedBeforeItRuns() throws IOException {
        Path file = Files.writeString(folder.resolve("own.camel.yaml"), """
                - route:
                    id: own
                    from:
                      uri: direct:own
                      steps:
                        - to: "stage:load?model=RAW({{model}})&head=keep"
                        - to: "stage:decompose"
                        - to: "stage:train-scalings"
                """);
        Espalier.Said said = espalier(List.of("run", file.toString(), "--run-dir", folder.toString(), "-p", "model=" + TinyModels.trained()));
        assertThat(said.endsWith(2).err()).contains("own.camel.yaml:8:15", "stage:train-scalings needs labelled images", "stage:load its option 'data'");
    }

    @Test
    void aNewHeadNeedsData() throws IOException {
        Path file = Files.writeString(folder.resolve("own.camel.yaml"), """
                - route:
                    id: own
                    from:
                      uri: direct:own
                      steps:
                        - to: "stage:load?model=RAW({{model}})"
                        - to: "stage:export"
                """);
        Espalier.Said said = espalier(List.of("run", file.toString(), "--run-dir", folder.toString(), "-p", "model=" + TinyModels.trained()));
        assertThat(said.endsWith(2).err()).contains("head=new", "no data is given", "head=keep");
    }
}
