package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every shipped pipeline, from its name to the files that it leaves. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShippedPipelinesIT {

    private static final double TARGET = 0.5;
    private static final int TEST_IMAGES = 200;
    private static final List<String> GUARDED = List.of("basis-scaling", "data-basis", "double-pruning", "random-control");
    private static final String CHANNEL_SCALING = "channel-scaling";

    private Path folder;

    private final Map<String, RunFolder> runs = new LinkedHashMap<>();
    private final Map<String, String> said = new LinkedHashMap<>();

    static List<String> pipelines() {
        return Stream.concat(GUARDED.stream(), Stream.of("unpruned-control", "compare-criteria", CHANNEL_SCALING)).toList();
    }

    @BeforeAll
    void everyPipelineRuns(@TempDir Path temporary) {
        folder = temporary;
        for (String pipeline : pipelines()) {
            Map<String, String> options = GUARDED.contains(pipeline) ? Arguments.rounds(String.valueOf(TARGET)) : Arguments.little();
            if (pipeline.equals(CHANNEL_SCALING)) {
                options.putAll(Map.of("finalEpochs", "1", "maxDrop", "0.9", "target", "0.2"));
            }
            if (pipeline.equals("data-basis")) {
                options.put("basisEpochs", "1");
            }
            options.putAll(Map.of("train", "400", "epochs", "6", "batch", "8", "test", String.valueOf(TEST_IMAGES)));
            if (pipeline.equals("unpruned-control")) {
                options.putAll(Map.of("rounds", "2", "finalEpochs", "1"));
            }
            Espalier.Said end = espalier(Arguments.run(pipeline, folder, options)).endsWith(0);
            runs.put(pipeline, end.run());
            said.put(pipeline, end.out());
        }
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void theSummarySaysWhatWasLoadedScaledAndPruned(String pipeline) {
        JsonNode summary = runs.get(pipeline).summary();
        for (String network : List.of("loaded", "scaled", "pruned")) {
            JsonNode part = summary.path(network);
            assertThat(part.path("parameters").asLong()).as(network).isPositive();
            assertThat(part.path("flops").asLong()).as(network).isPositive();
            assertThat(part.path("bytes").asLong()).as(network).isGreaterThan(4 * part.path("parameters").asLong() / 2);
            for (String batch : List.of("1", "32")) {
                assertThat(part.at("/latencyMs/" + batch + "/median").asDouble()).as(network).isPositive();
                assertThat(part.at("/latencyMs/" + batch + "/p95").asDouble())
                        .as(network).isGreaterThanOrEqualTo(part.at("/latencyMs/" + batch + "/median").asDouble());
            }
        }
        assertThat(summary.path("testReads").asInt()).isEqualTo(1);
        // 12 filters of 3x3 and 32 of 3x3x12 with their biases, batch norm's scale and shift, a dense layer for 10 classes.
        assertThat(summary.at("/loaded/parameters").asLong()).isEqualTo(120 + 3488 + 64 + 330);
        assertThat(summary.at("/loaded/flops").asLong()).isEqualTo(2L * (28 * 28 * 9 * 12 + 14 * 14 * 9 * 12 * 32 + 32 * 10));
        assertThat(summary.at("/scaled/parameters").asLong()).isEqualTo(summary.at("/loaded/parameters").asLong());
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void theNetworkAsLoadedHasNoAccuracySinceItsHeadIsNew(String pipeline) {
        JsonNode summary = runs.get(pipeline).summary();
        for (String metric : List.of("accuracy", "balancedAccuracy", "auc", "recall")) {
            assertThat(summary.path("loaded").has(metric)).isTrue();
            assertThat(summary.path("loaded").path(metric).isNull()).as(metric).isTrue();
        }
        for (String network : List.of("scaled", "pruned")) {
            assertThat(summary.path(network).path("accuracy").asDouble()).as(network).isBetween(0.2, 1.0);
            assertThat(summary.path(network).path("auc").asDouble()).as(network).isBetween(0.5, 1.0);
            assertThat(summary.path(network).path("recall")).as(network).hasSize(10);
            double mean = StreamSupport.stream(summary.path(network).path("recall").spliterator(), false)
                    .mapToDouble(JsonNode::asDouble).average().orElseThrow();
            assertThat(summary.path(network).path("balancedAccuracy").asDouble()).as(network).isCloseTo(mean, within(1e-9));
        }
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void theReductionsRelateToTheNetworkAsLoaded(String pipeline) {
        JsonNode summary = runs.get(pipeline).summary();
        double achieved = 1 - summary.at("/pruned/parameters").asDouble() / summary.at("/loaded/parameters").asDouble();
        assertThat(summary.path("achievedReduction").asDouble()).isCloseTo(achieved, within(1e-12));
        if (GUARDED.contains(pipeline)) {
            assertThat(summary.path("requestedReduction").asDouble()).isEqualTo(TARGET);
            assertThat(achieved).isGreaterThanOrEqualTo(TARGET);
            assertThat(said.get(pipeline)).contains("(requested 50.00 %)").contains("The test set was read once.");
        } else {
            assertThat(summary.path("requestedReduction").isNull()).isEqualTo(!pipeline.equals(CHANNEL_SCALING));
            assertThat(achieved).isEqualTo(pipeline.equals("unpruned-control") ? 0 : achieved).isBetween(0.0, 0.97);
        }
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void theModelCardSaysHowToUseTheNetworkAndWhereItComesFrom(String pipeline) {
        RunFolder run = runs.get(pipeline);
        JsonNode card = run.json("artifacts/pruned.json");
        JsonNode pruned = run.summary().path("pruned");
        assertThat(card.path("classes")).hasSize(10);
        assertThat(card.at("/preprocessing/input/channels").asInt()).isEqualTo(1);
        assertThat(card.at("/preprocessing/input/height").asInt()).isEqualTo(28);
        assertThat(card.at("/preprocessing/input/width").asInt()).isEqualTo(28);
        assertThat(card.at("/preprocessing/normalisation/scale").asDouble()).isCloseTo(1 / 255.0, within(1e-12));
        assertThat(card.path("parameters").asLong()).isEqualTo(pruned.path("parameters").asLong());
        assertThat(card.path("flops").asLong()).isEqualTo(pruned.path("flops").asLong());
        assertThat(card.path("metrics").path("accuracy.test").asDouble()).isEqualTo(pruned.path("accuracy").asDouble());
        List<String> lineage = new ArrayList<>();
        card.path("lineage").forEach(step -> lineage.add(step.path("stage").asText()));
        boolean ofChannels = pipeline.equals(CHANNEL_SCALING);
        assertThat(lineage).startsWith("load", ofChannels ? "insert-scalings" : "decompose", "train-scalings").contains("fold").endsWith("evaluate");
        assertThat(lineage.contains("select-channels")).isEqualTo(ofChannels);
        assertThat(lineage.contains("double-prune")).isEqualTo(pipeline.equals("double-pruning"));
        // Bases from the data may reach the target by themselves.
        assertThat(lineage.contains("threshold")).isEqualTo(
                pipeline.equals("data-basis") ? lineage.contains("threshold") : !ofChannels && !pipeline.equals("unpruned-control"));
        assertThat(card.at("/lineage/0/options/train").asText()).isEqualTo("400");
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void theRunDirectoryDescribesTheRun(String pipeline) {
        JsonNode description = runs.get(pipeline).json("run.json");
        assertThat(description.path("pipeline").asText()).isEqualTo(pipeline);
        assertThat(description.path("text").asText()).contains("id: " + pipeline);
        assertThat(description.path("parameters").path("train").asText()).isEqualTo("400");
        assertThat(description.path("seed").asLong()).isEqualTo(1);
        assertThat(description.path("engine").asText()).isEqualTo("auto");
        assertThat(description.path("versions")).isNotEmpty();
        assertThat(description.path("machine")).isNotEmpty();
        assertThat(description.path("plugins")).isNotEmpty().allSatisfy(plugin -> assertThat(plugin.path("digest").asText()).hasSize(64));
    }

    @Test
    void whatIsExportedNeedsDl4jAloneAndIsAsAccurateAsTheSummarySays() throws Exception {
        Path digits = Espalier.HOME.resolve("assets/mnist-small");
        List<String> arguments = new ArrayList<>(List.of(
                program().toString(),
                digits.resolve("t10k-images-idx3-ubyte.gz").toString(),
                digits.resolve("t10k-labels-idx1-ubyte.gz").toString(),
                String.valueOf(TEST_IMAGES)));
        runs.values().forEach(run -> arguments.addAll(List.of(run.artifact("pruned.zip").toString(), run.artifact("pruned.json").toString())));
        Path output = folder.resolve("plain.txt");
        Process process = Espalier.plainDl4j(output, arguments);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        String printed = Files.readString(output);
        assertThat(process.exitValue()).as(printed).isZero();
        for (RunFolder run : runs.values()) {
            JsonNode pruned = run.summary().path("pruned");
            long right = Math.round(pruned.path("accuracy").asDouble() * TEST_IMAGES);
            // DL4J counts the statistics of the head's batch norm, which are no parameters to us: two for each feature map.
            String[] line = printed.lines().filter(l -> l.endsWith(run.artifact("pruned.zip").toString())).findFirst().orElseThrow().split(" ");
            assertThat(Long.parseLong(line[1])).as("images told right by %s", run.directory()).isEqualTo(right);
            long features = features(run);
            assertThat(Long.parseLong(line[3]) - 2 * features).isEqualTo(pruned.path("parameters").asLong());
        }
    }

    /** Feature maps that the head sees: 32, less what was taken of channels. */
    private static long features(RunFolder run) {
        return run.events("pruned").stream()
                .filter(pruned -> pruned.path("units").asText().equals("channels"))
                .map(pruned -> pruned.at("/left/conv2").asLong())
                .reduce((first, last) -> last)
                .orElse(32L);
    }

    private Path program() throws IOException {
        Path source = folder.resolve("PlainDl4j.java");
        try (var in = getClass().getResourceAsStream("/whole/PlainDl4j.java")) {
            Files.write(source, in.readAllBytes());
        }
        return source;
    }

    @Test
    void comparingCriteriaKeepsAListOfTheBranches() {
        RunFolder run = runs.get("compare-criteria");
        assertThat(run.stages("stage-finished").stream().filter("threshold"::equals)).hasSize(3);
        assertThat(run.events("plan")).extracting(plan -> plan.path("reason").asText())
                .containsExactly("criterion basis-taylor", "criterion scale-energy", "criterion random");
        assertThat(run.artifact("pruned.zip")).isRegularFile();
    }

    @Test
    void basesFromDataCutAtOnceAndTheGuardSeesIt() {
        RunFolder run = runs.get("data-basis");
        assertThat(run.stages("stage-finished")).startsWith(
                "load", "decompose", "train-scalings", "evaluate", "fold", "decompose", "train-scalings", "evaluate", "guard");
        List<JsonNode> ranks = run.events("ranks");
        assertThat(ranks).hasSize(2);
        assertThat(ranks.get(1).path("conv2").asLong()).isLessThan(ranks.get(0).path("conv2").asLong());
        assertThat(run.events("guard").get(0).path("reduction").asDouble()).isPositive();
    }

    @Test
    void channelScalingRemovesChannelsAndLeavesStandardLayers() {
        RunFolder run = runs.get(CHANNEL_SCALING);
        assertThat(run.events("pruned")).isNotEmpty().allSatisfy(
                pruned -> assertThat(pruned.path("units").asText()).isEqualTo("channels"));
        assertThat(run.summary().path("achievedReduction").asDouble()).isPositive();
    }

    @Test
    void fineTuningTrainsWhatIsLeftOfANetworkThatStaysOnItsTask() {
        Map<String, String> options = Arguments.rounds("0.4");
        options.remove("finalEpochs");
        options.putAll(Map.of("train", "400", "batch", "8", "fineTuneEpochs", "2", "fineTuneLearningRate", "0.002"));
        RunFolder run = espalier(Arguments.run("fine-tuning", folder.resolve("tuning"), options)).endsWith(0).run();
        assertThat(run.stages("stage-finished")).contains("double-prune", "threshold", "train");
        JsonNode summary = run.summary();
        assertThat(summary.at("/loaded/accuracy").isNull()).as("the head is its own").isFalse();
        assertThat(summary.path("achievedReduction").asDouble()).isGreaterThanOrEqualTo(0.4);
        assertThat(summary.at("/pruned/accuracy").asDouble()).isGreaterThan(0.2);
        assertThat(run.artifact("pruned.zip")).isRegularFile();
    }

    @Test
    void chancePrunesOtherVectorsThanTheCriterion() {
        JsonNode byCriterion = runs.get("basis-scaling").events("plan").get(0);
        JsonNode byChance = runs.get("random-control").events("plan").get(0);
        assertThat(byChance.path("reason").asText()).isEqualTo("criterion random");
        assertThat(byChance.path("removals")).isNotEqualTo(byCriterion.path("removals"));
    }
}
