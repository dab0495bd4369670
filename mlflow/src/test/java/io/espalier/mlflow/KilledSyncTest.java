package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.run.Run;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed while they send, and one that finishes what they began. */
class KilledSyncTest {

    private static final int KILLS = 20;
    private static final long SEED = 20261122;

    @TempDir
    private Path runs;

    /** What the killed process does. */
    static final class Sending {

        private Sending() {}

        /** Server, experiment, run. */
        public static void main(String[] arguments) {
            boolean all = new Sync(
                            Optional.of(RealServer.target(arguments[0])), Map.of(), Optional.of(arguments[1]), Optional.of("killed"), System.out::println)
                    .send(List.of(Path.of(arguments[2])));
            System.exit(all ? 0 : 1);
        }

        static Process start(String heap, Path output, String... arguments) throws Exception {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), heap, "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
                    "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Sending.class.getName()));
            command.addAll(List.of(arguments));
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        }
    }

    /** The server's content is that of the journal, exactly: every point, parameter and file once. */
    static void assertHeld(String uri, Path run) {
        assertHeld(uri, run, Set.of());
    }

    private static void assertHeld(String uri, Path run, Set<String> others) {
        RunView view = new RunView(run, Run.settingsOf(run), new Content.OnDisk(run.resolve("run.json"), "").digest());
        new Tail(run.resolve("journal.jsonl")).read().forEach(view::take);
        Position position = Position.read(run).orElseThrow();
        try (Server server = new Server(RealServer.target(uri))) {
            for (Page page : view.pages()) {
                String id = position.runs().get(page.key());
                Held held = server.read(id);
                assertThat(held.parameters()).isEqualTo(page.parameters());
                assertThat(held.tags()).containsAllEntriesOf(page.tags());
                assertThat(held.latest().keySet()).isEqualTo(page.points().keySet());
                page.points().forEach((key, points) -> assertThat(server.history(id, key)).as(key).containsExactlyInAnyOrderElementsOf(points));
                assertThat(held.data()).hasSameSizeAs(page.data());
                assertThat(held.models()).hasSameSizeAs(page.models());
                assertThat(Optional.of(new Ending(held.status(), held.end()))).isEqualTo(page.ending());
                Artifacts files = Artifacts.at(held.files(), server.web()).orElseThrow();
                page.files().forEach((path, content) -> {
                    if (!others.contains(path)) {
                        assertThat(server.web().digest(files.folder() + "/" + path, 1)).as(path).contains(content.digest());
                    }
                });
                assertThat(server.tagged(held.experiment(), "espalier.run", page.key())).as("runs with this key").hasSize(1);
            }
        }
    }

    @Test
    void killedAnywhereAndSentAgainEverythingIsThereOnce(TestInfo test) throws Exception {
        String uri = RealServer.uri();
        Random random = new Random(SEED);
        Set<Integer> points = new LinkedHashSet<>();
        List<String> said = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            TestRun written = TestRun.begin(runs, "killed-" + i, 100 + i, Map.of("i", Integer.toString(i))).load().decompose().epochs(2).prune(700, 3, 3).export();
            Path run = (i % 2 == 0 ? written.finish(0.9) : written).directory();
            // A whole sending is some fifty requests; what comes after it kills nothing, and is no failure.
            int at = 1 + random.nextInt(45);
            points.add(at);
            try (FaultyWay way = FaultyWay.to(uri)) {
                Process[] process = new Process[1];
                way.with(n -> {
                    if (n == at) {
                        process[0].destroyForcibly();
                    }
                    return n < at ? FaultyWay.Fault.NONE : n == at ? FaultyWay.Fault.ANSWER_LOST : FaultyWay.Fault.CLOSED;
                });
                process[0] = Sending.start("-Xmx128m", runs.resolve("out-" + i), way.uri(), test.getDisplayName(), run.toString());
                assertThat(process[0].waitFor(120, TimeUnit.SECONDS)).isTrue();
                assertThat(way.requests()).as(Files.readString(runs.resolve("out-" + i))).isGreaterThanOrEqualTo(Math.min(at, 20));
            }
            Sync again = new Sync(Optional.of(RealServer.target(uri)), Map.of(), Optional.of(test.getDisplayName()), Optional.of("killed"), said::add);
            assertThat(again.send(List.of(run))).as("killed at request %d: %s", at, said).isTrue();
            Path ended = ended(run);
            assertHeld(uri, ended, ended.equals(run) ? Set.of() : Set.of("run/journal.jsonl"));
        }
        assertThat(points).as("different places").hasSizeGreaterThan(10);
        try (Server server = new Server(RealServer.target(uri))) {
            int versions = server.get("versions", "model-versions/search?max_results=1000&filter=" + Server.encoded("name = 'killed'")).path("model_versions").size();
            assertThat(versions).as("each finished run registered its network once").isEqualTo(KILLS / 2);
        }
    }

    /** What the view says of a run without an end depends on who looks: here nobody runs it any more. */
    private static Path ended(Path run) throws Exception {
        String journal = Files.readString(run.resolve("journal.jsonl"));
        if (!journal.contains("\"run-finished\"")) {
            String last = journal.strip().lines().reduce((a, b) -> b).orElseThrow();
            String time = Json.MAPPER.readTree(last).path("time").asText();
            Map<String, Object> end = new LinkedHashMap<>();
            end.put("time", time);
            end.put("type", "run-interrupted");
            end.put("details", Map.of("reason", "its process was killed"));
            Path copy = Files.createDirectories(run.resolveSibling(run.getFileName() + "-ended"));
            for (String name : List.of("run.json", Position.FILE)) {
                Files.copy(run.resolve(name), copy.resolve(name));
            }
            Files.createSymbolicLink(copy.resolve("artifacts"), run.resolve("artifacts"));
            Files.writeString(copy.resolve("journal.jsonl"), journal + Json.text(end) + "\n");
            return copy;
        }
        return run;
    }

    @Test
    void twoHundredMegabytesGoThroughAHeapOfSixtyFour(TestInfo test) throws Exception {
        TestRun run = TestRun.begin(runs, "large", 200);
        Path large = run.write("large.bin", new byte[0]);
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(200L << 20);
            file.seek(123_456_789);
            file.write(42);
        }
        run.stage("write", Map.of(), () -> {}, "large.bin").finish(0.9);
        Process process = Sending.start("-Xmx64m", runs.resolve("out"), RealServer.uri(), test.getDisplayName(), run.directory().toString());
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(runs.resolve("out"))).isZero();
        assertHeld(RealServer.uri(), run.directory());
    }
}
