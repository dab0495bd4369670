package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From an empty folder to scores in a journal, for each kind of plugin: new, build, verify, run. */
class TenMinutesIT {

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "criterion,      peak-weight, org.example.peak, -",
        "pruner,         even-spread, -,                -",
        "stage,          fixed-point, -,                -",
        "model-reader,   one-liner,   -,                model=sample.network",
        "dataset-reader, hex-digits,  -,                data=sample.hex",
    })
    void aNewPluginBuildsVerifiesAndRunsAtOnce(String kind, String name, String packageName, String sample) throws IOException {
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
        requireFewLines(project, kind);

        author.type(name, "mvn -q package");

        Path jar = project.resolve("target/" + name + "-0.1.0.jar");
        requireBundlesNothing(jar, packageName == null ? "plugins/" + name.replace("-", "") : packageName.replace('.', '/'));
        List<String> verify = new ArrayList<>(List.of("plugins", "verify", jar.toString()));
        if (sample != null) {
            verify.addAll(List.of("--sample", name + "=" + project.resolve(sample.split("=")[1])));
        }
        assertThat(espalier(verify).endsWith(0).out()).containsPattern("(\\d+) of \\1 claims hold").doesNotContain("BROKEN");

        List<String> run = new ArrayList<>(List.of("run", project.resolve(name + ".camel.yaml").toString(), "--plugins", jar.getParent().toString(),
                "--run-dir", temporary.resolve("runs").toString(), "-p", "epochs=1"));
        if (sample != null) {
            run.addAll(List.of("-p", sample.split("=")[0] + "=" + project.resolve(sample.split("=")[1])));
        }
        requireUsed(kind, name, espalier(run).endsWith(0).run());
    }

    /** Annotations, braces that stand alone and blank lines are not what an author reads. */
    private static void requireFewLines(Path project, String kind) throws IOException {
        Path source;
        try (var files = Files.walk(project.resolve("src/main/java"))) {
            source = files.filter(Files::isRegularFile).toList().get(0);
        }
        String type = Files.readString(source);
        List<String> lines = type.substring(type.indexOf("@Extension")).lines().filter(line -> !line.isBlank()).toList();
        boolean reader = kind.endsWith("reader");
        assertThat(lines).as(source.toString())
                .filteredOn(line -> !reader || !line.strip().matches("}|@Override|@Extension"))
                .hasSizeLessThanOrEqualTo(15);
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

    @Test
    void pluginsOnARunThatFailedAreTakenAwayAndTheRunGoesOn() {
        Path plugins = new ThirdPartyJar("unlucky").source("mine/Unlucky.java", """
                package mine;
                import io.espalier.api.*;
                import io.espalier.network.*;
                import java.util.Set;
                import org.nd4j.linalg.api.ndarray.INDArray;
                @org.pf4j.Extension @Named("unlucky")
                public final class Unlucky implements Criterion<NoOptions> {
                    public Set<UnitKind> units() { return Set.of(UnitKind.BASIS_VECTOR); }
                    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
                        while (!Thread.interrupted()) { Thread.onSpinWait(); }
                        return null;
                    }
                }
                """).in(temporary.resolve("plugins"));
        var options = Arguments.rounds("0.1");
        options.put("criterion", "unlucky");
        Espalier.Said failed = espalier(Arguments.run("basis-scaling", temporary.resolve("runs"), options,
                "--plugins", plugins.toString(), "--plugin-limit", "2")).endsWith(1);
        assertThat(failed.err()).contains("criterion 'unlucky' (plugin unlucky 1.0.0, unlucky.jar) was not done after 2 s, at mine.Unlucky.score",
                "--resume");
        assertThat(plugins.resolve("unlucky.jar").toFile().delete()).isTrue();

        RunFolder run = RunFolder.only(temporary.resolve("runs"));
        espalier("run", "--resume", run.directory().toString(), "-p", "criterion=scale-energy").endsWith(0);
        assertThat(run.stages("stage-reused")).contains("load", "decompose", "train-scalings");
    }
}
