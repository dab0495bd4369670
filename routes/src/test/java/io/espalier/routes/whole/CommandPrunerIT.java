package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pruners and criteria from outside that do wrong: the run says what they did, and goes on once they are mended. */
class CommandPrunerIT {

    @TempDir
    private Path folder;

    private List<String> run(String pruner, String... more) {
        Map<String, String> options = Arguments.rounds("0.3");
        options.put("pruner", pruner);
        return Arguments.run("double-pruning", folder.resolve("runs"), options, more);
    }

    private void program(String script) throws IOException {
        Files.writeString(folder.resolve("program.sh"), script);
    }

    private static String plan(String group) {
        return "{\"removals\": [{\"group\": \"" + group + "\", \"removed\": [0, 5, 7]}]}";
    }

    @Test
    void aProgramThatFailsLeavesTheRunResumableAndIsQuotedAndItsPlanIsApplied() throws IOException {
        program("echo 'cannot think today' >&2; exit 1");
        Espalier.Said failed = espalier(run("command?program=" + folder.resolve("program.sh") + "&interpreter=sh&timeLimit=60")).endsWith(1);
        assertThat(failed.err()).contains("pruner 'command': program.sh failed with exit code 1", "cannot think today", "run --resume");
        RunFolder run = RunFolder.only(folder.resolve("runs"));
        assertThat(run.stages("stage-finished")).containsExactly("load", "decompose", "train-scalings", "evaluate");

        program("ls \"$1\" | grep -q network.onnx && echo done && echo '" + plan("conv2") + "' > \"$1/plan.json\"");
        espalier("run", "--resume", run.directory().toString()).endsWith(0);
        assertThat(run.stages("stage-finished").stream().filter("load"::equals)).as("finished stages are not run again").hasSize(1);
        JsonNode pruned = run.events("pruned").get(0);
        assertThat(pruned.at("/left/conv1").asInt()).isEqualTo(12);
        assertThat(pruned.at("/left/conv2").asInt()).isEqualTo(29);
        assertThat(run.events("command").get(0).path("out").asText()).isEqualTo("done");
    }

    @Test
    void aPlanByHandIsRefusedByNameAndAppliedOnceItIsMended() throws IOException {
        Path file = Files.writeString(folder.resolve("cut.json"), plan("conv3"));
        Espalier.Said refused = espalier(run("plan?file=" + file)).endsWith(2);
        assertThat(refused.err()).contains("cut.json", "the network has no layer 'conv3', only [conv1, conv2]", "run --resume");

        Files.writeString(file, plan("conv1"));
        RunFolder run = RunFolder.only(folder.resolve("runs"));
        espalier("run", "--resume", run.directory().toString()).endsWith(0);
        assertThat(run.events("plan").get(0).path("reason").asText()).isEqualTo("plan cut.json");
        assertThat(run.events("pruned").get(0).at("/left/conv1").asInt()).isEqualTo(9);
    }

    @Test
    void anOptionOfThePrunerThatIsNotThereIsRefusedBeforeAnythingRuns() throws IOException {
        Path file = Files.writeString(folder.resolve("cut.json"), plan("conv1"));
        assertThat(espalier(run("plan?flie=" + file)).endsWith(2).err()).contains("pruner 'plan' has no option 'flie'", "did you mean 'pruner.file'");
        assertThat(espalier(run("plan?file=none.json")).endsWith(2).err()).contains("there is no file or folder 'none.json'");
        assertThat(RunFolder.in(folder.resolve("runs"))).isEmpty();
    }

    private static String criterion(String scores) {
        return """
                package mine;

                import io.espalier.api.*;
                import io.espalier.network.*;
                import java.util.Set;
                import org.nd4j.linalg.api.ndarray.INDArray;
                import org.nd4j.linalg.factory.Nd4j;

                @org.pf4j.Extension
                @Named("broken")
                public final class Broken implements Criterion<NoOptions> {
                    public Set<UnitKind> units() { return Set.of(UnitKind.CHANNEL); }
                    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) { return %s; }
                }
                """.formatted(scores);
    }

    @Test
    void aCriterionThatGivesNoNumbersIsRefusedByNameAndTheRunGoesOnWithAMendedOne() {
        Path plugins = new ThirdPartyJar("broken").source("mine/Broken.java", criterion("Nd4j.arange(group.size()).putScalar(1, Double.NaN)"))
                .in(folder.resolve("plugins"));
        assertThat(espalier(run("broken", "--plugins", plugins.toString())).endsWith(1).err())
                .contains("criterion 'broken' (plugin broken 1.0.0, broken.jar) gave the score NaN for unit 1 of layer 'conv1'", "run --resume");
        RunFolder run = RunFolder.only(folder.resolve("runs"));
        String[] resume = {"run", "--resume", run.directory().toString(), "--plugins", plugins.toString()};

        new ThirdPartyJar("broken").source("mine/Broken.java", criterion("Nd4j.arange(group.size())")).in(plugins);
        espalier(resume).endsWith(0);
        assertThat(run.stages("stage-finished").stream().filter("load"::equals)).hasSize(1);
    }
}
