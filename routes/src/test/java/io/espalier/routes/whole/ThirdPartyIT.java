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

/** Plugins of somebody who has core's jar and a pipeline's name, and nothing else of Espalier. */
class ThirdPartyIT {

    /** Basis vector 0 of every layer matters least, the last one most. */
    private static final String CRITERION = """
            package mine;

            import io.espalier.api.*;
            import io.espalier.network.*;
            import java.util.Set;
            import org.nd4j.linalg.api.ndarray.INDArray;
            import org.nd4j.linalg.factory.Nd4j;

            @org.pf4j.Extension
            @Named("mine")
            public final class Position implements Criterion<NoOptions> {
                public Set<UnitKind> units() { return Set.of(UnitKind.BASIS_VECTOR); }
                public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) { return Nd4j.arange(group.size()); }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void aCriterionOfAtMostFifteenLinesIsDroppedInAndDecides() {
        assertThat(CRITERION.lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(15);
        Path plugins = new ThirdPartyJar("position").source("mine/Position.java", CRITERION).in(folder.resolve("plugins"));
        Map<String, String> options = Arguments.rounds("0.3");
        options.putAll(Map.of("criterion", "mine", "of", "units", "scope", "layer", "fraction", "0.25", "costExponent", "0"));

        RunFolder run = espalier(Arguments.run("basis-scaling", folder.resolve("runs"), options, "--plugins", plugins.toString())).endsWith(0).run();

        JsonNode plan = run.events("plan").get(0);
        assertThat(plan.path("reason").asText()).isEqualTo("criterion mine");
        assertThat(plan.path("removals")).isNotEmpty().allSatisfy(removal -> {
            List<Integer> removed = new ArrayList<>();
            removal.path("removed").forEach(index -> removed.add(index.asInt()));
            assertThat(removed).as(removal.path("group").asText()).hasSize(removal.path("size").asInt() / 4).first().isEqualTo(0);
            assertThat(removed.get(removed.size() - 1)).as("the first ones go").isEqualTo(removed.size() - 1);
        });
        assertThat(run.json("run.json").path("plugins")).extracting(plugin -> plugin.path("id").asText()).contains("position");
    }

    @Test
    void aRunWithAPluginIsResumedAndRunsAgainWhatAnotherBuildOfThePluginDecides() {
        Path plugins = new ThirdPartyJar("position").source("mine/Position.java", CRITERION).in(folder.resolve("plugins"));
        Map<String, String> options = Arguments.rounds("0.1");
        options.putAll(Map.of("criterion", "mine"));
        RunFolder run = espalier(Arguments.run("basis-scaling", folder.resolve("runs"), options, "--plugins", plugins.toString())).endsWith(0).run();

        new ThirdPartyJar("position").source("mine/Position.java", CRITERION.replace("Nd4j.arange", "Nd4j.ones")).in(plugins);
        Espalier.Said again = espalier("run", "--resume", run.directory().toString(), "--plugins", plugins.toString()).endsWith(0);
        assertThat(run.stages("stage-changed").get(0)).isEqualTo("threshold");
        assertThat(again.out()).contains("runs again: plugin position was ");
    }

    @Test
    void aPrunerOfSomebodyElsesChoosesTheChannelsOfDoublePruning() {
        Path plugins = new ThirdPartyJar("every-other").source("mine/EveryOther.java", """
                package mine;

                import io.espalier.api.*;
                import io.espalier.network.*;
                import java.util.List;
                import java.util.Map;
                import java.util.stream.IntStream;

                @org.pf4j.Extension
                @Named(value = "every-other", doc = "Every so many-th channel goes.")
                public final class EveryOther implements Pruner<EveryOther.Options> {
                    public record Options(@Option(doc = "which", defaultValue = "2", min = 2) int step) {}

                    public PruningPlan plan(Candidate candidate, Selection selection, Options options, StageContext context) {
                        List<PruningPlan.Removal> removals = Channels.groups(candidate.network()).stream()
                                .map(group -> new PruningPlan.Removal(group.name(), group.kind(), group.size(),
                                        IntStream.range(0, group.size()).filter(i -> i % options.step() == 0).boxed().toList(), 0, 0))
                                .toList();
                        return new PruningPlan("every " + options.step(), removals, Map.of());
                    }
                }
                """).in(folder.resolve("plugins"));
        Map<String, String> options = Arguments.rounds("0.5");
        options.put("pruner", "every-other");

        RunFolder run = espalier(Arguments.run("double-pruning", folder.resolve("runs"), options, "--plugins", plugins.toString())).endsWith(0).run();

        assertThat(run.events("plan").get(0).path("reason").asText()).isEqualTo("every 2");
        JsonNode pruned = run.events("pruned").get(0);
        assertThat(pruned.path("units").asText()).isEqualTo("channels");
        assertThat(pruned.at("/left/conv1").asInt()).isEqualTo(6);
        assertThat(pruned.at("/left/conv2").asInt()).isEqualTo(16);
    }

    @Test
    void aStageOfSomebodyElsesStandsInAPipelineOfTheUsers() throws IOException {
        Path plugins = new ThirdPartyJar("count").source("mine/Count.java", """
                package mine;

                import io.espalier.api.*;

                @org.pf4j.Extension
                @Named(value = "count", doc = "Counts the layers.")
                @Flow(needs = "loaded")
                public final class Count implements Stage<Count.Options> {
                    public record Options(@Option(doc = "name of the variable", defaultValue = "layers") String as) {}

                    public Candidate apply(Candidate candidate, Options options, StageContext context) {
                        context.variable(options.as(), candidate.network().nodes().size());
                        return candidate;
                    }
                }
                """).in(folder.resolve("plugins"));
        Path pipeline = Files.writeString(folder.resolve("counting.camel.yaml"), """
                - route:
                    id: counting
                    from:
                      uri: direct:counting
                      steps:
                        - to:
                            uri: stage:load
                            parameters:
                              model: RAW({{model}})
                              data: RAW({{data:bundled:mnist-small}})
                              train: 50
                              validation: 20
                              test: 20
                        - to: "stage:count?as=many"
                        - filter:
                            simple: "${variable.many} > 4"
                            steps:
                              - to: "stage:export?name=counted"
                """);

        RunFolder run = espalier("run", pipeline.toString(), "--run-dir", folder.resolve("runs").toString(), "--plugins", plugins.toString(),
                "-p", "model=" + TinyModels.trained()).endsWith(0).run();

        assertThat(run.stages("stage-finished")).containsExactly("load", "count", "export");
        assertThat(run.artifact("counted.zip")).isRegularFile();
        assertThat(espalier("plugins", "show", "count", "--plugins", plugins.toString()).endsWith(0).out())
                .contains("stage count", "Counts the layers.", "from   count 1.0.0", "needs  loaded", "as  name of the variable", "default layers");
        assertThat(espalier("validate", pipeline.toString(), "-p", "model=" + TinyModels.trained()).endsWith(2).err())
                .contains("counting.camel.yaml:14:15", "there is no stage 'count'");
    }
}
