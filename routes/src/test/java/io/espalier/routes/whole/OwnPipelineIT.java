package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines that a user writes of Camel's own steps. */
class OwnPipelineIT {

    private static final String LOAD = """
            - to:
                uri: stage:load
                parameters:
                  model: RAW({{model}})
                  data: RAW({{data:bundled:mnist-small}})
                  head: "{{head:new}}"
                  train: 100
                  validation: 50
                  test: 50
            """;

    @TempDir
    private Path folder;

    private Path pipeline(String name, String steps) throws IOException {
        String head = """
                - route:
                    id: %s
                    from:
                      uri: direct:%s
                      steps:
                """.formatted(name, name);
        return Files.writeString(folder.resolve(name + ".camel.yaml"), head + (LOAD + steps).indent(8));
    }

    private Espalier.Said run(Path pipeline, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "run", pipeline.toString(), "--run-dir", folder.resolve("runs").toString(), "-p", "model=" + TinyModels.trained()));
        arguments.addAll(List.of(more));
        return espalier(arguments);
    }

    @Test
    void choiceAndFilterReadTheMetricsOfTheLastEvaluation() throws IOException {
        Path pipeline = pipeline("choosing", """
                - to: "stage:evaluate?split=validation"
                - choice:
                    when:
                      - simple: "${variable.accuracy} >= {{enough:0}}"
                        steps:
                          - to: "stage:export?name=good"
                    otherwise:
                      steps:
                        - to: "stage:export?name=poor"
                - filter:
                    simple: "${variable.loss} < 0"
                    steps:
                      - to: "stage:export?name=impossible"
                """);
        RunFolder good = run(pipeline, "-p", "enough=0").endsWith(0).run();
        assertThat(good.artifact("good.zip")).isRegularFile();
        assertThat(good.artifact("poor.zip")).doesNotExist();
        assertThat(good.artifact("impossible.zip")).doesNotExist();
        RunFolder poor = run(pipeline, "-p", "enough=1.1").endsWith(0).run();
        assertThat(poor.artifact("poor.zip")).isRegularFile();
        assertThat(poor.artifact("good.zip")).doesNotExist();
    }

    @Test
    void aLoopEndsWhenAMetricSaysSo() throws IOException {
        Path pipeline = pipeline("looping", """
                - to: "stage:decompose"
                - to: "stage:train-scalings?epochs=1"
                - to: "stage:evaluate?split=validation&as=scaled"
                - loop:
                    doWhile: true
                    simple: "${variable.reduction} == null || ${variable.reduction} < 0.2"
                    steps:
                      - to: "stage:threshold?criterion=singular-value&fraction=0.2"
                      - to: "stage:evaluate?split=validation"
                      - to: "stage:guard?maxDrop=0.99"
                - to: "stage:fold"
                - to: "stage:export"
                """);
        RunFolder run = run(pipeline).endsWith(0).run();
        List<Double> reductions = run.events("guard").stream().map(guard -> guard.path("reduction").asDouble()).toList();
        assertThat(reductions).hasSizeGreaterThan(1).isSorted();
        assertThat(reductions.get(reductions.size() - 1)).isGreaterThanOrEqualTo(0.2);
        assertThat(reductions.get(reductions.size() - 2)).isLessThan(0.2);
    }

    @Test
    void doTryCatchesAStageThatRefusesAndGoesOnWithTheCandidateFromBefore() throws IOException {
        Path pipeline = pipeline("trying", """
                - to: "stage:decompose"
                - doTry:
                    steps:
                      - to: "stage:threshold?criterion=singular-value&fraction=0.001"
                    doCatch:
                      - exception:
                          - io.espalier.api.InputException
                        steps:
                          - to: "stage:threshold?criterion=singular-value&fraction=0.5"
                - to: "stage:fold"
                - to: "stage:export"
                """);
        RunFolder run = run(pipeline).endsWith(0).run();
        assertThat(run.events("stage-failed").get(0).path("reason").asText()).contains("nothing would be removed");
        assertThat(run.events("pruned")).singleElement().satisfies(pruned -> assertThat(pruned.path("removed").asInt()).isEqualTo(20));
        assertThat(run.artifact("pruned.zip")).isRegularFile();
    }

    @Test
    void aPlanThatRemovesNothingEndsTheLoopIfToldSo() throws IOException {
        Path pipeline = pipeline("stopping", """
                - to: "stage:decompose"
                - loop:
                    doWhile: true
                    simple: "${variable.pruning} != 'done'"
                    steps:
                      - to: "stage:threshold?criterion=singular-value&fraction=0.5&floor=0.25&whenEmpty=stop"
                - to: "stage:fold"
                - to: "stage:export"
                """);
        Espalier.Said said = run(pipeline).endsWith(0);
        assertThat(said.out()).contains("nothing would be removed of").contains(": pruning ends");
        JsonNode last = said.run().events("pruned").get(said.run().events("pruned").size() - 1);
        assertThat(last.at("/left").elements()).toIterable().extracting(JsonNode::asInt).containsExactlyInAnyOrder(3, 8);
    }

    @Test
    void whatEndsDecomposedIsSummarisedAsWhatItWouldBeFolded() throws IOException {
        Path pipeline = pipeline("unfolded", """
                - to: "stage:decompose"
                - to: "stage:threshold?criterion=singular-value&fraction=0.5"
                """);
        JsonNode summary = run(pipeline).endsWith(0).run().summary();
        assertThat(summary.at("/pruned/parameters").asLong()).isPositive().isLessThan(summary.at("/loaded/parameters").asLong());
        assertThat(summary.at("/pruned/bytes").asLong()).isPositive();
        assertThat(summary.path("testReads").asInt()).isZero();
    }

    @Test
    void branchesOfAMulticastAreListedAndTheBestGoesOn() throws IOException {
        StringBuilder branches = new StringBuilder();
        for (String fraction : List.of("0.9", "0.1", "0.95")) {
            branches.append("""
                    - pipeline:
                        steps:
                          - setVariable:
                              name: branch
                              constant: share-%s
                          - to: "stage:threshold?criterion=singular-value&fraction=%s"
                          - to: "stage:evaluate?split=validation"
                    """.formatted(fraction, fraction).indent(8));
        }
        Path pipeline = pipeline("comparing", """
                - to: "stage:decompose"
                - multicast:
                    aggregationStrategy: best
                    steps:
                """ + branches + """
                - choice:
                    when:
                      - simple: "${variable.branches.size()} == 3 && ${variable.branch} == 'share-0.1'"
                        steps:
                          - to: "stage:fold"
                          - to: "stage:export?name=expected"
                    otherwise:
                      steps:
                        - to: "stage:fold"
                        - to: "stage:export?name=other"
                """);
        RunFolder run = run(pipeline, "-p", "head=keep").endsWith(0).run();
        List<Double> accuracies = run.events("metrics").stream().map(metrics -> metrics.at("/metrics/accuracy").asDouble()).toList();
        assertThat(accuracies).hasSize(3);
        assertThat(accuracies.get(1)).as("a tenth removed, of %s", accuracies).isGreaterThan(accuracies.get(0)).isGreaterThan(accuracies.get(2));
        assertThat(run.artifact("expected.zip")).isRegularFile();
    }

    @Test
    void aFolderOfImagesIsADataSet() throws IOException {
        Path images = Digits.first("train", 400).folders(folder.resolve("images"), 20);
        Path pipeline = shipped("basis-scaling");
        RunFolder run = runFolder(pipeline, images).endsWith(0).run();
        JsonNode data = run.events("data").get(0);
        assertThat(data.path("format").asText()).isEqualTo("folder");
        assertThat(data.path("classes")).hasSize(10).first().satisfies(name -> assertThat(name.asText()).isEqualTo("digit-0"));
        assertThat(data.path("train").asInt()).isEqualTo(140);
        assertThat(data.path("validation").asInt()).isEqualTo(30);
        assertThat(data.path("test").asInt()).isEqualTo(30);
        assertThat(run.json("artifacts/pruned.json").at("/classes/9").asText()).isEqualTo("digit-9");
    }

    @Test
    void anUnreadableImageEndsTheRunUnlessItIsToBeSkippedThenItIsNamedAndCounted() throws IOException {
        Path images = Digits.first("train", 400).folders(folder.resolve("images"), 20);
        Path broken = Files.writeString(images.resolve("digit-3").resolve("broken.png"), "this is no image");
        assertThat(runFolder(shipped("basis-scaling"), images).endsWith(2).err()).contains(broken.toString()).contains("--skip-unreadable");

        Espalier.Said skipped = runFolder(shipped("basis-scaling"), images, "--skip-unreadable").endsWith(0);
        assertThat(skipped.out()).contains(broken.toString()).contains("left out as unreadable: 1 ");
        assertThat(skipped.run().summary().path("data").asText()).contains("left out as unreadable: 1 ");
    }

    private static Path shipped(String name) {
        return Espalier.HOME.resolve("pipelines").resolve(name + ".camel.yaml");
    }

    private Espalier.Said runFolder(Path pipeline, Path images, String... more) {
        Map<String, String> options = Arguments.rounds("0.1");
        options.putAll(Map.of("data", images.toString(), "train", "all", "validation", "auto", "test", "all"));
        return espalier(Arguments.run(pipeline.toString(), folder.resolve("runs"), options, more));
    }
}
