package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.routes.plugins.InstalledPlugins;
import io.espalier.run.RunDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {

    private static final String PIPELINE = """
            - route:
                id: small
                from:
                  uri: direct:small
                  steps:
                    - to: "stage:load?model=RAW({{model:x}})&size={{size:32}}"
                    - loop:
                        constant: "{{rounds:1}}"
                        steps:
                          - to: "stage:evaluate?split=test"
                    - to: "stage:guard?target=0.9"
            """;

    @TempDir
    Path folder;

    private final FakeMachinery machinery = new FakeMachinery();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path runs;

    @BeforeEach
    void aHome() throws IOException {
        Files.createDirectories(folder.resolve("home/pipelines"));
        Files.writeString(folder.resolve("home/pipelines/small.camel.yaml"), PIPELINE);
        runs = folder.resolve("runs");
        machinery.stages.when("evaluate", call -> Map.of("accuracy", 0.953, "pruning", "continue"));
    }

    private int execute(String... arguments) {
        CommandLine line = Main.commandLine(new Workplace(folder.resolve("home"), new InstalledPlugins(folder.resolve("installed")), machinery, false));
        return line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }

    @Test
    void aRunEndsWithATableAndTheSameAsJson() throws IOException {
        machinery.stages.holding(TinyNetwork.make(), Map.of(
                "accuracy.test.scaled", 0.953, "accuracy.test.pruned", 0.951, "auc.test.pruned", Double.NaN, "recall.test.pruned.0", 1.0, "recall.test.pruned.1", 0.5));
        assertThat(execute("run", "small", "--run-dir", runs.toString(), "-p", "size=28")).as(err.toString()).isZero();
        assertThat(out.toString()).startsWith("small, seed 1, engine auto, in " + runs.resolve("small-1") + "\n").contains("load                  1.5 s\n", "evaluate              1.5 s  accuracy 95.30 %  pruning continue\n")
                .contains("test accuracy                            -         95.30 %         95.10 %\n")
                .contains("                                    loaded          scaled          pruned loaded / pruned\n")
                .contains("parameters                           1,000             500             250            4.0x\n")
                .contains("removed, relative to the network as loaded: 75.00 % (requested 90.00 %)")
                .contains("The test set was read once.")
                .contains("latency, batch 32, p95            64.00 ms");
        JsonNode summary = new ObjectMapper().readTree(runs.resolve("small-1/summary.json").toFile());
        assertThat(summary.at("/loaded/parameters").asLong()).isEqualTo(1000);
        assertThat(summary.at("/loaded/accuracy").isNull()).isTrue();
        assertThat(summary.at("/pruned/accuracy").asDouble()).isEqualTo(0.951);
        assertThat(summary.at("/pruned/auc").isNull()).as("JSON has no NaN").isTrue();
        assertThat(summary.at("/pruned/recall/1").asDouble()).isEqualTo(0.5);
        assertThat(summary.at("/pruned/latencyMs/32/p95").asDouble()).isEqualTo(64);
        assertThat(summary.at("/requestedReduction").asDouble()).isEqualTo(0.9);
        assertThat(summary.at("/achievedReduction").asDouble()).isEqualTo(0.75);
        assertThat(summary.at("/testReads").asInt()).as("whole lines of that type only").isEqualTo(1);
    }

    @Test
    void whatIsWrongWithTheInputEndsWithTwoAndNoTrace() {
        assertThat(execute("run", "smal")).isEqualTo(2);
        assertThat(err.toString()).startsWith("there is no pipeline 'smal', neither shipped nor as a file; did you mean 'small'?\n    shipped are small")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run --sede 3", "rnu small", "run small --seed three", "runs", "plugins", "", "predict", "run small -p rounds"})
    void aCommandThatIsNoneEndsWithTwo(String command) {
        assertThat(execute(command.isEmpty() ? new String[0] : command.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains("--help").doesNotContain("\tat ");
    }

    @Test
    void misspeltOptionsAndCommandsAreMended() {
        execute("run", "--sede", "3");
        execute("rnu", "small");
        assertThat(err.toString()).contains("Possible solutions: --seed").contains("did you mean 'run'?");
    }

    @Test
    void aParameterThatNothingUsesEndsWithTwoAndLeavesNoRun() {
        assertThat(execute("run", "small", "--run-dir", runs.toString(), "-p", "sise=3")).isEqualTo(2);
        assertThat(err.toString()).contains("-p sise  small.camel.yaml has no parameter 'sise'; did you mean 'size'?");
        assertThat(runs).doesNotExist();
    }

    @Test
    void whatCamelRefusesEndsWithTwoAndLeavesNoRun() throws IOException {
        Path file = folder.resolve("odd.camel.yaml");
        Files.writeString(file, "- route:\n    id: odd\n    from:\n      uri: direct:odd\n      steps:\n        - tow: stage:load\n");
        assertThat(execute("run", file.toString(), "--run-dir", runs.toString())).isEqualTo(2);
        assertThat(execute("validate", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("odd.camel.yaml  Camel refuses this pipeline: Unknown node id: tow").contains("line 6, column 11");
        assertThat(runs).doesNotExist();
    }

    @Test
    void aRunThatFailsEndsWithOneAndSaysHowToGoOn() throws IOException {
        machinery.stages.when("evaluate", call -> {
            throw new RunFailedException("the loss is not a number\n    lower the learning rate");
        });
        assertThat(execute("run", "small", "--run-dir", runs.toString())).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("the loss is not a number\n    lower the learning rate\n" + goOn());
        assertThat(Files.readString(runs.resolve("small-1/journal.jsonl"))).contains("run-failed");
        assertThat(execute("runs", "list", "--run-dir", runs.toString())).isZero();
        assertThat(out.toString()).contains("small-1  failed       dl4j  seed 7\n");
    }

    private String goOn() {
        return "Every finished stage is kept; go on with\n    " + RunDirectory.resumeLine(runs.resolve("small-1")) + "\n";
    }

    @Test
    void aMessageThatSaysHowToGoOnIsNotRepeated() {
        String line = RunDirectory.resumeLine(runs.resolve("small-1"));
        machinery.stages.when("evaluate", call -> {
            throw new RunFailedException("the disk is full; free some space, then go on with: " + line);
        });
        assertThat(execute("run", "small", "--run-dir", runs.toString())).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("the disk is full; free some space, then go on with: " + line + "\n");
    }

    @Test
    void wantOfMemoryIsSaidWithItsMend() {
        machinery.stages.when("evaluate", call -> {
            throw new OutOfMemoryError("Java heap space");
        });
        assertThat(execute("run", "small", "--run-dir", runs.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith("ran out of Java's heap").contains("ESPALIER_JAVA_OPTS=-Xmx").doesNotContain("error.txt").endsWith(goOn());
    }

    @Test
    void inputThatAStageRefusesEndsWithTwo() {
        machinery.stages.when("load", call -> {
            throw new InputException("x.h5 is truncated");
        });
        assertThat(execute("run", "small", "--run-dir", runs.toString())).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("x.h5 is truncated\n" + goOn());
    }

    @Test
    void anErrorOfTheProgramEndsWithOneAndKeepsItsTraceInAFile() throws IOException {
        machinery.stages.when("load", call -> {
            throw new IllegalStateException("impossible");
        });
        assertThat(execute("run", "small", "--run-dir", runs.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("IllegalStateException: impossible").doesNotContain("\tat ");
        Path trace = Path.of(err.toString().replaceAll("(?s).*where it happened is in (.*?); please.*", "$1"));
        assertThat(Files.readString(trace)).contains("\tat ");
        assertThat(trace).hasParent(runs.resolve("small-1"));
        assertThat(execute("run", "small", "--verbose", "--run-dir", runs.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("\tat ");
    }

    @Test
    void aRunIsResumedWithWhatItWasBegunWith() throws IOException {
        machinery.stages.holding(TinyNetwork.make(), Map.of());
        assertThat(execute("run", "small", "--run-dir", runs.toString())).as(err.toString()).isZero();
        Files.delete(folder.resolve("home/pipelines/small.camel.yaml"));
        assertThat(execute("run", "--resume", runs.resolve("small-1").toString(), "-p", "size=64")).as(err.toString()).isZero();
        RunOrder resumed = machinery.orders.get(1);
        assertThat(resumed.seed()).isEqualTo(7);
        assertThat(resumed.skipUnreadable()).isTrue();
        assertThat(resumed.pluginFolders()).containsExactly(Path.of("/more plugins"));
        assertThat(resumed.resume()).contains(runs.resolve("small-1"));
        assertThat(resumed.pipeline().parameters()).isEqualTo(Map.of("rounds", "2", "size", "64"));
        assertThat(execute("run", "--resume", "nothing", "--run-dir", runs.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("nothing is no run: ");
    }

    @Test
    void explainSaysWhereEveryValueComesFromAndRunsNothing() {
        assertThat(execute("explain", "small", "-p", "model=a b.zip")).isZero();
        assertThat(out.toString()).isEqualTo("""
                stage:load  (small.camel.yaml:6:15, plugin fake 1.0.0)
                    model   a b.zip  -p model
                    size    32       pipeline file, default of {{size}}
                stage:evaluate  (small.camel.yaml:10:21, plugin fake 1.0.0)
                    split   test     pipeline file
                stage:guard  (small.camel.yaml:11:15, plugin fake 1.0.0)
                    target  0.9      pipeline file
                """);
        assertThat(machinery.stages.calls()).isEmpty();
    }

    @Test
    void validateRunsNothing() {
        assertThat(execute("validate", "small")).isZero();
        assertThat(out.toString()).isEqualTo("small.camel.yaml is right: 3 stages\n");
        assertThat(machinery.stages.calls()).isEmpty();
    }

    @Test
    void pluginsAreListedAndShown() {
        assertThat(execute("plugins", "list")).isZero();
        assertThat(out.toString()).contains("fake 1.0.0  stages that do nothing").contains("    stage            threshold         fake threshold");
        assertThat(execute("plugins", "show", "threshold")).isZero();
        assertThat(out.toString()).contains("    needs  loaded, decomposed\n", "        fraction      an option\n                      text; default none\n");
        assertThat(execute("plugins", "show", "treshold")).isEqualTo(2);
        assertThat(err.toString()).contains("did you mean 'threshold'?");
    }

    @Test
    void runsAreListedAndShown() {
        assertThat(execute("runs", "list", "--run-dir", runs.toString())).isZero();
        assertThat(out.toString()).contains("There are no runs in");
        machinery.stages.holding(TinyNetwork.make(), Map.of());
        execute("run", "small", "--run-dir", runs.toString(), "--quiet");
        assertThat(execute("runs", "list", "--run-dir", runs.toString())).isZero();
        assertThat(out.toString()).contains("small-1  finished     dl4j  seed 7  75.00 % removed\n");
        assertThat(execute("runs", "show", "small-1", "--run-dir", runs.toString())).isZero();
        assertThat(out.toString()).contains("status      finished").contains("seed        7").contains("-p          rounds=2").contains("FLOPs per image");
    }

    @Test
    void aDamagedRunIsListedAsSuchAndHidesNoOther() throws IOException {
        machinery.stages.holding(TinyNetwork.make(), Map.of());
        execute("run", "small", "--run-dir", runs.toString(), "--quiet");
        Files.createDirectories(runs.resolve("broken"));
        Files.writeString(runs.resolve("broken/run.json"), "{");
        out.getBuffer().setLength(0);
        assertThat(execute("runs", "list", "--run-dir", runs.toString())).isZero();
        assertThat(out.toString().lines().toList()).satisfiesExactly(
                line -> assertThat(line).startsWith("broken   unreadable").contains("run.json:1 is no description of a run"),
                line -> assertThat(line).startsWith("small-1  finished"));
        assertThat(execute("runs", "show", "broken", "--run-dir", runs.toString())).isEqualTo(2);
    }

    @Test
    void quietSaysOnlyWhereTheRunIs() {
        machinery.stages.holding(TinyNetwork.make(), Map.of());
        assertThat(execute("run", "small", "--run-dir", runs.toString(), "--quiet")).isZero();
        assertThat(out.toString().lines()).singleElement().asString().startsWith("The run is in " + runs.resolve("small-1"));
    }

    @Test
    void doctorLooksAtEverything() {
        execute("doctor");
        assertThat(out.toString().lines().map(line -> line.split(" ")[0])).contains("Java", "system", "cores", "memory", "ND4J", "engines", "disk", "plugins");
        assertThat(out.toString()).contains("mend: build the distribution");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "run", "validate", "explain", "predict", "runs", "runs list", "runs show", "plugins", "plugins list", "plugins show", "plugins install", "plugins update", "plugins remove", "plugins index", "plugins reference",
        "doctor"})
    void everyCommandHasHelp(String command) {
        assertThat(execute((command + " --help").strip().split(" "))).isZero();
        assertThat(out.toString()).startsWith("Usage: espalier");
    }
}
