package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class CommandsIT {

    @TempDir
    private Path folder;

    private RunFolder run() {
        return espalier(Arguments.run("basis-scaling", folder.resolve("runs"), Arguments.rounds("0.4"))).endsWith(0).run();
    }

    @Test
    void predictSaysOfImagesWhatDl4jSays() throws IOException {
        RunFolder run = run();
        Digits digits = Digits.first("t10k", 12);
        List<String> arguments = new ArrayList<>(List.of("predict", run.artifact("pruned.zip").toString()));
        for (int i = 0; i < digits.size(); i++) {
            arguments.add(digits.png(i, folder.resolve("images").resolve(i + ".png")).toString());
        }
        List<String> lines = espalier(arguments).endsWith(0).out().lines().toList();

        ComputationGraph graph = ModelSerializer.restoreComputationGraph(run.artifact("pruned.zip").toFile());
        JsonNode card = run.json("artifacts/pruned.json");
        INDArray probabilities = graph.outputSingle(prepared(digits, card.at("/preprocessing/normalisation")));
        int[] best = probabilities.argMax(1).toIntVector();
        assertThat(lines).hasSize(digits.size());
        for (int i = 0; i < digits.size(); i++) {
            assertThat(lines.get(i)).contains("images/" + i + ".png").contains("  " + card.path("classes").path(best[i]).asText() + "  ");
            assertThat(Double.parseDouble(lines.get(i).replaceAll(".* ", ""))).isCloseTo(probabilities.getDouble(i, best[i]), within(1e-4));
        }
    }

    /** By the card's words: (pixel x scale - mean) / deviation. */
    private static INDArray prepared(Digits digits, JsonNode normalisation) {
        double scale = normalisation.required("scale").asDouble();
        double mean = normalisation.required("mean").get(0).asDouble();
        double deviation = normalisation.required("deviation").get(0).asDouble();
        return digits.unit().muli(255 * scale).subi(mean).divi(deviation);
    }

    @Test
    void predictRefusesWhatIsNoImageAndWhatIsNoModel() throws IOException {
        Path text = Files.writeString(folder.resolve("digit.png"), "three");
        Path image = Digits.first("t10k", 1).png(0, folder.resolve("images/0.png"));
        String exported = run().artifact("pruned.zip").toString();
        assertThat(espalier("predict", exported, text.toString()).endsWith(2).err()).contains(text.toString());
        assertThat(espalier("predict", exported, folder.resolve("none.png").toString()).endsWith(2).err()).contains("none.png");
        assertThat(espalier("predict", text.toString(), image.toString()).endsWith(2).err()).contains(text.toString(), "no known format");
    }

    @Test
    void anExportedNetworkIsPrunedFurther() {
        RunFolder first = run();
        Map<String, String> options = Arguments.rounds("0.2");
        options.putAll(Map.of("model", first.artifact("pruned.zip").toString(), "head", "keep"));
        JsonNode summary = espalier(Arguments.run("basis-scaling", folder.resolve("more"), options)).endsWith(0).run().summary();
        assertThat(summary.at("/loaded/parameters")).isEqualTo(first.summary().at("/pruned/parameters"));
        assertThat(summary.at("/loaded/accuracy").isNumber()).as("a head that is kept was trained").isTrue();
        assertThat(summary.at("/loaded/accuracy").asDouble()).isEqualTo(first.summary().at("/pruned/accuracy").asDouble());
    }

    @Test
    void networksOfLayersInAListAndOfAnArchitectureAreLoaded() throws IOException {
        Path list = TinyModels.write(folder.resolve("list.zip"), TinyModels.list(10));
        Path architecture = Files.writeString(folder.resolve("net.json"), """
                {"input": {"channels": 1, "height": 28, "width": 28},
                 "normalisation": {"scale": 0.00392156862745098, "mean": [0.13], "deviation": [0.31]},
                 "layers": [
                   {"type": "convolution", "name": "c1", "filters": 12, "kernel": 3},
                   {"type": "max-pooling", "name": "p1", "size": 2},
                   {"type": "convolution", "name": "c2", "filters": 32, "kernel": 3},
                   {"type": "global-average-pooling", "name": "features"},
                   {"type": "softmax", "name": "classes", "classes": 10}]}
                """);
        for (Path model : List.of(list, architecture)) {
            Map<String, String> options = Arguments.rounds("0.2");
            options.put("model", model.toString());
            RunFolder run = espalier(Arguments.run("basis-scaling", folder.resolve("runs"), options)).endsWith(0).run();
            assertThat(run.summary().at("/loaded/parameters").asLong()).as(model.toString()).isEqualTo(4002);
        }
    }

    @Test
    void validationTakenFromTheTestSetIsLeftOutOfTheTest() {
        Map<String, String> options = Arguments.rounds("0.2");
        options.putAll(Map.of("validation", "test:1900", "test", "all", "head", "keep"));
        Espalier.Said said = espalier(Arguments.run("basis-scaling", folder.resolve("runs"), options)).endsWith(0);
        JsonNode data = said.run().events("data").get(0);
        assertThat(data.path("validation").asInt()).isEqualTo(1900);
        assertThat(data.path("test").asInt()).isEqualTo(100);
        assertThat(said.out()).contains("validation is the first 1900 of the 2000 test images, which the test leaves out");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "basis-scaling", "data-basis", "double-pruning", "channel-scaling", "fine-tuning", "random-control", "unpruned-control", "compare-criteria"})
    void everyShippedPipelineIsRightAsItIs(String pipeline) {
        assertThat(espalier("validate", pipeline).endsWith(0).out()).contains(pipeline + ".camel.yaml is right");
    }

    @Test
    void explainSaysWhatWouldRunAndWhereEveryValueComesFrom() {
        String out = espalier("explain", "basis-scaling", "-p", "fraction=0.1").endsWith(0).out();
        assertThat(out.lines().filter(line -> line.startsWith("stage:")).map(line -> line.replaceAll(" .*", "")))
                .startsWith("stage:load", "stage:decompose", "stage:train-scalings", "stage:evaluate", "stage:threshold").endsWith("stage:export");
        assertThat(out).containsPattern("fraction +0\\.1 +-p fraction").containsPattern("normalise +l2 +default").containsPattern("whenEmpty +stop +pipeline file").containsPattern("classWeights +none +pipeline file");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void runsAreListedAndShown() {
        RunFolder run = run();
        String runs = folder.resolve("runs").toString();
        String name = run.directory().getFileName().toString();
        assertThat(espalier("runs", "list", "--run-dir", runs).endsWith(0).out()).contains(name, "basis-scaling", "finished");
        assertThat(espalier("runs", "show", name, "--run-dir", runs).endsWith(0).out())
                .contains("basis-scaling", "target=0.4", "parameters", "4,002", "test accuracy", "latency, batch 32");
        assertThat(espalier("runs", "show", "none", "--run-dir", runs).endsWith(2).err()).contains("none");
    }

    @Test
    void pluginsAreListedAndShown() {
        assertThat(espalier("plugins", "list").endsWith(0).out()).contains("espalier-stages 0.1.0", "espalier-criteria", "espalier-filters",
                "espalier-models", "espalier-datasets", "basis-taylor", "double-prune", "medmnist");
        assertThat(espalier("plugins", "show", "threshold").endsWith(0).out())
                .contains("stage threshold", "needs  loaded, decomposed", "share of what is left to remove", "default 0.2; 0 < fraction < 1");
        assertThat(espalier("plugins", "show", "treshold").endsWith(2).err()).contains("did you mean 'threshold'?");
    }

    @Test
    void doctorFindsWhatTheDistributionNeeds() {
        assertThat(espalier("doctor").out()).contains("Java", "engines", "dl4j", "espalier-stages 0.1.0", "cores").containsPattern("ND4J +ok");
    }
}
