package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The user's walk: a server by {@code mlflow serve}, runs beside it, MLflow's own Python client to look at them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MlflowIT {

    private Path folder;

    private MlflowServer server;
    private String uri;

    @BeforeAll
    void aServerOfOnesOwn(@TempDir Path temporary) throws Exception {
        folder = temporary;
        server = MlflowServer.start(folder);
        uri = server.uri();
    }

    @AfterAll
    void itStopsCleanly() throws Exception {
        if (server != null) {
            server.close();
        }
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
        JsonNode all = server.read(said);
        JsonNode found = all.path("run");
        assertThat(found.path("status").asText()).isEqualTo("FINISHED");
        assertThat(MlflowServer.values(found, "epoch/loss.train")).isEqualTo(of(run.events("epoch"), "/loss")).isNotEmpty();
        assertThat(MlflowServer.values(found, "epoch/accuracy.validation")).isEqualTo(of(run.events("epoch"), "/validation/accuracy"));
        List<JsonNode> evaluated = run.events("metrics").stream().filter(m -> m.path("name").asText().equals("validation")).toList();
        assertThat(MlflowServer.values(found, "accuracy.validation")).isEqualTo(of(evaluated, "/metrics/accuracy")).isNotEmpty();
        assertThat(MlflowServer.values(found, "parameters.remaining")).containsAll(of(run.events("pruned"), "/parameters"));
        run.events("pruned").get(0).path("left").fields().forEachRemaining(
                layer -> assertThat(MlflowServer.values(found, "rank/" + layer.getKey())).contains(layer.getValue().asDouble()));
        assertThat(MlflowServer.values(found, "result/pruned.parameters")).containsExactly(run.summary().at("/pruned/parameters").asDouble());
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
        JsonNode all = server.read(said);
        List<String> criteria = new ArrayList<>();
        all.path("children").forEach(child -> criteria.add(child.at("/params/threshold.criterion").asText()));
        assertThat(criteria).containsExactlyInAnyOrder("basis-taylor", "scale-energy", "random");
        all.path("children").forEach(child -> assertThat(MlflowServer.values(child, "accuracy.validation")).hasSize(1));
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
        assertThat(server.read(sent).path("experiment").asText()).as("where it was to go").isEqualTo("later");
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
