package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.mlflow.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The user's walk: a server by {@code mlflow serve}, runs beside it, MLflow's own Python client to look at them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MlflowIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ADDRESS = Pattern.compile("MLflow is at (http://127\\.0\\.0\\.1:\\d+) ");
    private static final Pattern PAGE = Pattern.compile("MLflow: http://\\S+/runs/([0-9a-f]{32})");
    /** Where the tests of the module {@code mlflow} have installed it. */
    private static final Path PLACE = Path.of("..", "mlflow", "target", "mlflow-environment").toAbsolutePath().normalize();

    private Path folder;

    private Environment environment;
    private Process server;
    private String uri;

    @BeforeAll
    void aServerOfOnesOwn(@TempDir Path temporary) throws Exception {
        folder = temporary;
        environment = environment();
        Path cache = Files.createDirectories(folder.resolve("cache/espalier"));
        Files.createSymbolicLink(cache.resolve("mlflow-" + Environment.VERSION), PLACE);
        Path output = folder.resolve("serve.txt");
        server = Espalier.start(
                output, Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString()),
                List.of("mlflow", "serve", "--port", "0", "--folder", folder.resolve("mlflow").toString()));
        Matcher address = ADDRESS.matcher("");
        for (int i = 0; i < 360 && server.isAlive() && !address.reset(Files.readString(output)).find(); i++) {
            TimeUnit.MILLISECONDS.sleep(500);
        }
        assertThat(address.reset(Files.readString(output)).find()).as(Files.readString(output)).isTrue();
        uri = address.group(1);
    }

    private static Environment environment() {
        try {
            return new Environment(PLACE).prepare(System.err::println);
        } catch (InputException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("there is no MLflow to test against, and under CI there must be: " + e.getMessage(), e);
            }
            System.err.println("SKIPPED, NOT TESTED: there is no MLflow to test against: " + e.getMessage());
            return Assumptions.abort(e.getMessage());
        }
    }

    @AfterAll
    void itStopsCleanly() throws Exception {
        if (server != null) {
            List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
            assertThat(all).as("a Python below it").isNotEmpty();
            server.destroy();
            assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
            all.forEach(process -> process.onExit().orTimeout(30, TimeUnit.SECONDS).join());
            assertThat(Files.readString(folder.resolve("serve.txt"))).contains("MLflow has stopped");
        }
    }

    private JsonNode read(String id) throws IOException {
        Path script = Path.of("..", "mlflow", "src", "test", "resources", "io", "espalier", "mlflow", "read_back.py").toAbsolutePath();
        Path python = PLACE.resolve("bin/python");
        ProcessBuilder builder = new ProcessBuilder(python.toString(), script.toString(), uri, id).redirectError(folder.resolve("read_back.txt").toFile());
        builder.environment().putAll(Map.of("MLFLOW_DISABLE_TELEMETRY", "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false"));
        String said = new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).as(Files.readString(folder.resolve("read_back.txt"))).startsWith("{");
        return JSON.readTree(said);
    }

    private static String idIn(String said) {
        Matcher page = PAGE.matcher(said);
        assertThat(page.find()).as(said).isTrue();
        return page.group(1);
    }

    private static List<Double> values(JsonNode run, String metric) {
        List<Double> values = new ArrayList<>();
        run.path("metrics").path(metric).forEach(point -> values.add(point.get(2).asDouble()));
        return values;
    }

    private static List<Double> of(List<JsonNode> events, String at) {
        return events.stream().map(event -> event.at(at).asDouble()).toList();
    }

    private static String digest(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void aWholeRunIsReadBackByMlflowsOwnClient() throws Exception {
        Espalier.Said said = espalier(Arguments.run(
                "basis-scaling", folder.resolve("runs"), Arguments.rounds("0.4"), "--tracking-uri", uri, "--experiment", "whole", "--register", "digits")).endsWith(0);
        assertThat(said.out()).contains("MLflow has all of this run").contains("pruned is version 1 of the model digits, alias candidate");
        RunFolder run = said.run();
        JsonNode all = read(idIn(said.out()));
        JsonNode found = all.path("run");
        assertThat(found.path("status").asText()).isEqualTo("FINISHED");
        assertThat(values(found, "epoch/loss.train")).isEqualTo(of(run.events("epoch"), "/loss")).isNotEmpty();
        assertThat(values(found, "epoch/accuracy.validation")).isEqualTo(of(run.events("epoch"), "/validation/accuracy"));
        List<JsonNode> evaluated = run.events("metrics").stream().filter(m -> m.path("name").asText().equals("validation")).toList();
        assertThat(values(found, "accuracy.validation")).isEqualTo(of(evaluated, "/metrics/accuracy")).isNotEmpty();
        assertThat(values(found, "parameters.remaining")).containsAll(of(run.events("pruned"), "/parameters"));
        run.events("pruned").get(0).path("left").fields().forEachRemaining(
                layer -> assertThat(values(found, "rank/" + layer.getKey())).contains(layer.getValue().asDouble()));
        assertThat(values(found, "result/pruned.parameters")).containsExactly(run.summary().at("/pruned/parameters").asDouble());
        for (JsonNode stage : run.events("stage-started")) {
            String name = stage.path("stage").asText();
            stage.path("options").fieldNames().forEachRemaining(option -> assertThat(found.path("params").has(name + "." + option)).as(name + "." + option).isTrue());
        }
        assertThat(found.at("/params/decompose.batchNorm").asText()).as("a default").isEqualTo("fold");
        for (String file : List.of("pruned.zip", "pruned.json")) {
            assertThat(found.path("files").path("exported/" + file).asText()).isEqualTo(digest(run.artifact(file)));
            assertThat(found.at("/models/0/files").path(file).asText()).isEqualTo(digest(run.artifact(file)));
        }
        assertThat(found.path("files").path("run/journal.jsonl").asText()).isEqualTo(digest(run.directory().resolve("journal.jsonl")));
        assertThat(found.path("files").path("pipeline/basis-scaling.camel.yaml").asText()).isEqualTo(digest(Espalier.HOME.resolve("pipelines/basis-scaling.camel.yaml")));
        assertThat(found.at("/data/0/digest").asText()).hasSize(36).isSubstringOf(run.events("data").get(0).path("digest").asText());
        assertThat(all.at("/versions/0/aliases/0").asText()).isEqualTo("candidate");
        assertThat(espalier("sync", run.directory().toString(), "--tracking-uri", uri).endsWith(0).out()).contains("nothing was missing");
    }

    @Test
    void aComparisonIsAParentWithItsBranches() throws Exception {
        Espalier.Said said = espalier(Arguments.run(
                "compare-criteria", folder.resolve("runs"), Arguments.little(), "--tracking-uri", uri, "--experiment", "compared")).endsWith(0);
        JsonNode all = read(idIn(said.out()));
        List<String> criteria = new ArrayList<>();
        all.path("children").forEach(child -> criteria.add(child.at("/params/threshold.criterion").asText()));
        assertThat(criteria).containsExactlyInAnyOrder("basis-taylor", "scale-energy", "random");
        all.path("children").forEach(child -> assertThat(values(child, "accuracy.validation")).hasSize(1));
    }

    @Test
    void withTheServerDownTheRunEndsWithTheSameResultAndIsWholeAfterSync() throws Exception {
        RunFolder local = espalier(Arguments.run("basis-scaling", folder.resolve("local"), Arguments.rounds("0.4"), "--no-tracking")).endsWith(0).run();
        Espalier.Said said = espalier(Arguments.run(
                "basis-scaling", folder.resolve("down"), Arguments.rounds("0.4"), "--tracking-uri", "http://ada:secret-word@127.0.0.1:9/", "--experiment", "later")).endsWith(0);
        RunFolder run = said.run();
        assertThat(said.err()).contains("MLflow at http://127.0.0.1:9 cannot be reached").contains("./espalier sync " + run.directory());
        assertThat(said.err().split("cannot be reached", -1)).as("said once").hasSize(2);
        assertThat(said.err() + said.out() + Files.readString(run.directory().resolve("mlflow.json"))).doesNotContain("secret-word");
        assertThat(run.artifact("pruned.zip")).hasSameBinaryContentAs(local.artifact("pruned.zip"));
        Espalier.Said sent = espalier("sync", run.directory().toString(), "--tracking-uri", uri).endsWith(0);
        assertThat(read(idIn(sent.out())).path("experiment").asText()).as("where it was to go").isEqualTo("later");
    }

    @Test
    void anAddressThatIsNoneIsSaidAndTheRunGoesOn() {
        Espalier.Said said = espalier(Arguments.run("basis-scaling", folder.resolve("wrong"), Arguments.rounds("0.4"), "--tracking-uri", "mlflow.example:80")).endsWith(0);
        assertThat(said.err()).contains("--tracking-uri=mlflow.example:80 is no address of an MLflow server").contains("The run goes on without MLflow; `./espalier sync");
        assertThat(espalier("sync", said.run().directory().toString(), "--tracking-uri", "mlflow.example:80").exit()).isEqualTo(2);
    }

    @Test
    void withNothingSetTheRunStaysLocalAndSaysSoOnce() {
        Espalier.Said said = espalier(Arguments.run("basis-scaling", folder.resolve("none"), Arguments.rounds("0.4"))).endsWith(0);
        assertThat(said.out().split("so the run stays local", -1)).hasSize(2);
        assertThat(espalier("sync", said.run().directory().toString()).exit()).as("no server is known").isEqualTo(1);
    }
}
