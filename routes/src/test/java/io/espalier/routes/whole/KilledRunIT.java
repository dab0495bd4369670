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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs as real processes, which are killed. */
class KilledRunIT {

    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    private Path folder;

    private List<String> order;

    @BeforeEach
    void aPipelineOfTwoRounds() {
        order = order("runs");
    }

    private List<String> order(String runs) {
        Map<String, String> options = Arguments.rounds("0.5");
        options.putAll(Map.of("train", "600", "roundEpochs", "2"));
        return Arguments.run("basis-scaling", folder.resolve(runs), options, "--seed", "11");
    }

    /** A stage in the order of a process: the n-th of its name. */
    private record Moment(String stage, int occurrence) {}

    @Test
    void aRunThatIsKilledAgainAndAgainEndsInTheSameBytesAsOneThatNeverWas() throws Exception {
        endsWell(Espalier.start(folder.resolve("unbroken.txt"), order("unbroken")), folder.resolve("unbroken.txt"));
        RunFolder unbroken = RunFolder.only(folder.resolve("unbroken"));

        killAt(new Moment("load", 1), order);
        RunFolder run = RunFolder.only(folder.resolve("runs"));
        List<String> resume = List.of("run", "--resume", run.directory().toString());
        for (Moment moment : List.of(new Moment("decompose", 1), new Moment("train-scalings", 2), new Moment("evaluate", 2), new Moment("export", 1))) {
            killAt(moment, resume);
        }
        assertThat(run.artifact("pruned.zip")).as("the last kill came before the end").doesNotExist();
        endsWell(Espalier.start(folder.resolve("last.txt"), resume), folder.resolve("last.txt"));

        assertThat(run.artifact("pruned.zip")).hasSameBinaryContentAs(unbroken.artifact("pruned.zip"));
        assertThat(run.artifact("pruned.json")).hasSameBinaryContentAs(unbroken.artifact("pruned.json"));
        assertThat(run.events("run-resumed")).hasSize(5);
        assertThat(afterTheLastStart(run, "stage-reused")).startsWith("load", "decompose", "train-scalings", "evaluate", "threshold");
        assertThat(afterTheLastStart(run, "stage-finished")).endsWith("export");
        assertThat(run.summary().path("testReads").asInt()).isEqualTo(1);
    }

    private static void endsWell(Process process, Path output) throws Exception {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }

    /** Kills the process as soon as its journal says that the stage has begun. */
    private void killAt(Moment moment, List<String> arguments) throws Exception {
        Path output = folder.resolve("killed-at-" + moment.stage() + ".txt");
        long startsBefore = starts();
        Process process = Espalier.start(output, arguments);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!hasBegun(moment, startsBefore)) {
            assertThat(process.isAlive()).as("%s before %s:%n%s", process, moment, Files.readString(output)).isTrue();
            assertThat(System.nanoTime()).as("waiting for %s", moment).isLessThan(deadline);
            Thread.sleep(1);
        }
        process.destroyForcibly();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("killed with SIGKILL").isEqualTo(128 + 9);
    }

    private long starts() throws IOException {
        return journal().stream().filter(KilledRunIT::isStart).count();
    }

    private boolean hasBegun(Moment moment, long startsBefore) throws IOException {
        List<JsonNode> events = journal();
        if (events.stream().filter(KilledRunIT::isStart).count() <= startsBefore) {
            return false;
        }
        return sinceTheLastStart(events, "stage-started").stream().filter(moment.stage()::equals).count() >= moment.occurrence();
    }

    /** Empty as long as the process has not made its run directory. */
    private List<JsonNode> journal() throws IOException {
        List<RunFolder> runs = RunFolder.in(folder.resolve("runs"));
        return runs.isEmpty() || !Files.exists(runs.get(0).directory().resolve("journal.jsonl")) ? List.of() : runs.get(0).journal();
    }

    private static boolean isStart(JsonNode event) {
        return List.of("run-started", "run-resumed").contains(event.path("type").asText());
    }

    private static List<String> afterTheLastStart(RunFolder run, String type) {
        return sinceTheLastStart(run.journal(), type);
    }

    private static List<String> sinceTheLastStart(List<JsonNode> events, String type) {
        List<String> stages = new ArrayList<>();
        for (JsonNode event : events) {
            if (isStart(event)) {
                stages.clear();
            } else if (event.path("type").asText().equals(type)) {
                stages.add(event.path("details").path("stage").asText());
            }
        }
        return stages;
    }

    @Test
    void aRunInUseByAnotherProcessIsRefusedWhileThatLives() throws Exception {
        Process process = Espalier.start(folder.resolve("first.txt"), order);
        try {
            while (!hasBegun(new Moment("load", 1), 0)) {
                assertThat(process.isAlive()).as(Files.readString(folder.resolve("first.txt"))).isTrue();
                Thread.sleep(1);
            }
            RunFolder run = RunFolder.only(folder.resolve("runs"));
            Espalier.Said second = espalier("run", "--resume", run.directory().toString()).endsWith(2);
            assertThat(second.err()).contains(run.directory().toString(), "is in use by another process (pid " + process.pid() + ")", "begin a new run");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
