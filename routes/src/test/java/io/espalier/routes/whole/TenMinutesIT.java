package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From an empty folder to scores in a journal and in MLflow, for each kind of plugin: new, build, verify, install, run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenMinutesIT {

    private static final int MOST_LINES = 15;
    private static final int LONGEST_LINE = 170;

    @TempDir
    private Path temporary;

    private MlflowServer mlflow;

    @BeforeAll
    void aServer(@TempDir Path folder) throws Exception {
        mlflow = MlflowServer.start(folder);
    }

    @AfterAll
    void stops() throws Exception {
        if (mlflow != null) {
            mlflow.close();
        }
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "criterion,      peak-weight, org.example.peak, -",
        "pruner,         even-spread, -,                -",
        "stage,          fixed-point, -,                -",
        "model-reader,   one-liner,   -,                model=sample.network",
        "dataset-reader, hex-digits,  -,                data=sample.hex",
    })
    void aNewPluginBuildsVerifiesInstallsAndRunsAtOnce(String kind, String name, String packageName, String sample) throws IOException {
        AuthorsFolder author = new AuthorsFolder(temporary);
        List<String> order = new ArrayList<>(List.of("plugins", "new", name, "--kind", kind, "--in", author.path().toString(),
                "--maven-repository", author.repository().toString()));
        if (packageName != null) {
            order.addAll(List.of("--package", packageName));
        }
        assertThat(espalier(order).endsWith(0).out()).contains(kind + " '" + name + "'", "mvn package", "plugins verify target/" + name + "-0.1.0.jar");
        Path project = author.path().resolve(name);
        assertThat(project.resolve("README.md")).content().contains(name).doesNotContain("@");
        assertThat(project.resolve(".gitignore")).content().contains("target/");
        requireFewLines(project);

        author.type(name, "mvn -q package");

        Path jar = project.resolve("target/" + name + "-0.1.0.jar");
        requireBundlesNothing(jar, packageName == null ? "plugins/" + name.replace("-", "") : packageName.replace('.', '/'));
        List<String> verify = new ArrayList<>(List.of("plugins", "verify", jar.toString()));
        if (sample != null) {
            verify.addAll(List.of("--sample", name + "=" + project.resolve(sample.split("=")[1])));
        }
        assertThat(espalier(verify).endsWith(0).out()).containsPattern("(\\d+) of \\1 claims hold").doesNotContain("BROKEN");

        Path installed = temporary.resolve("installed");
        assertThat(espalier(installed, List.of("plugins", "install", jar.toString())).endsWith(0).out()).contains(name + " 0.1.0");
        Files.delete(jar);

        List<String> run = new ArrayList<>(List.of("run", project.resolve(name + ".camel.yaml").toString(), "--run-dir", temporary.resolve("runs").toString(),
                "--tracking-uri", mlflow.uri(), "-p", "epochs=1"));
        if (sample != null) {
            run.addAll(List.of("-p", sample.split("=")[0] + "=" + project.resolve(sample.split("=")[1])));
        }
        Espalier.Said said = espalier(installed, run).endsWith(0);
        requireUsed(kind, name, said.run());
        requireShown(kind, name, said);
    }

    /** All that is not blank, an import or a comment, annotations and braces too. */
    private static void requireFewLines(Path project) throws IOException {
        Path source;
        try (var files = Files.walk(project.resolve("src/main/java"))) {
            List<Path> sources = files.filter(Files::isRegularFile).toList();
            assertThat(sources).as("one class").hasSize(1);
            source = sources.get(0);
        }
        assertThat(Files.readAllLines(source)).as(source.toString()).allMatch(line -> line.length() <= LONGEST_LINE)
                .filteredOn(line -> !line.isBlank() && !line.strip().matches("(package |import |/\\*\\*|\\*|//).*")).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    private static void requireBundlesNothing(Path jar, String folder) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.stream().filter(entry -> !entry.isDirectory()).map(Object::toString))
                    .allMatch(entry -> entry.startsWith(folder + "/") || entry.equals("META-INF/MANIFEST.MF") || entry.equals("META-INF/extensions.idx"));
        }
    }

    private static void requireUsed(String kind, String name, RunFolder run) {
        assertThat(run.json("run.json").path("plugins")).extracting(plugin -> plugin.path("id").asText()).contains(name);
        switch (kind) {
            case "criterion" -> {
                assertThat(run.events("plan").get(0).path("reason").asText()).isEqualTo("criterion " + name);
                JsonNode scores = run.events("scores").get(0);
                assertThat(scores.path("criterion").asText()).isEqualTo(name);
                assertThat(scores.path("scores")).hasSize(8).allSatisfy(group -> assertThat(group).isNotEmpty().allMatch(JsonNode::isNumber));
            }
            case "pruner" -> assertThat(run.events("plan").get(0).path("reason").asText()).isEqualTo("pruner " + name);
            case "stage" -> assertThat(run.stages("stage-finished")).contains(name);
            case "model-reader" -> assertThat(run.events("network").get(0).path("format").asText()).isEqualTo(name);
            default -> assertThat(run.events("data").get(0).path("format").asText()).isEqualTo(name);
        }
    }

    /** What MLflow's own client reads of it. */
    private void requireShown(String kind, String name, Espalier.Said said) throws IOException {
        JsonNode found = mlflow.read(said).path("run");
        assertThat(found.path("status").asText()).isEqualTo("FINISHED");
        RunFolder run = said.run();
        switch (kind) {
            case "criterion" -> {
                assertThat(found.at("/params/threshold.criterion").asText()).isEqualTo(name);
                assertThat(found.path("files").has("scores/round-01.json")).isTrue();
                run.events("scores").get(0).path("scores").fields().forEachRemaining(layer -> {
                    double[] scores = StreamSupport.stream(layer.getValue().spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
                    assertThat(MlflowServer.values(found, "score.min/" + layer.getKey())).containsExactly(Arrays.stream(scores).min().orElseThrow());
                    assertThat(MlflowServer.values(found, "score.mean/" + layer.getKey())).singleElement()
                            .satisfies(mean -> assertThat(mean).isCloseTo(Arrays.stream(scores).average().orElseThrow(), within(1e-9)));
                    assertThat(MlflowServer.values(found, "score.max/" + layer.getKey())).containsExactly(Arrays.stream(scores).max().orElseThrow());
                });
            }
            case "pruner" -> assertThat(found.at("/params/double-prune.pruner").asText()).isEqualTo(name);
            case "stage" -> assertThat(MlflowServer.values(found, "seconds/" + name)).hasSize(1);
            case "model-reader" -> assertThat(found.at("/params/load.modelFormat").asText()).isEqualTo(name);
            default -> assertThat(found.at("/params/load.dataFormat").asText()).isEqualTo(name);
        }
    }
}
