package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.mlflow.FaultyWay.Fault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that do not do as they should, beside a run that goes on. */
class OutageTest {

    /** Quick, but not so that a machine with much to do would give up on a healthy server. */
    private static final Tracking.Pace PACE =
            new Tracking.Pace(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofSeconds(60));
    private static final Tracking.Pace IMPATIENT =
            new Tracking.Pace(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(60));

    @TempDir
    private Path runs;

    private final Told told = new Told();

    private static final class Told implements Tracking.Listener {

        private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void tell(String line) {
            lines.add(line);
        }

        @Override
        public void warn(String line) {
            warnings.add(line);
        }
    }

    private static Wish wish(String uri, String experiment) {
        return new Wish(RealServer.target(uri), Optional.of(experiment), Optional.empty());
    }

    private boolean sync(String uri, String experiment, Path run) {
        return new Sync(Optional.of(RealServer.target(uri)), Map.of(), Optional.of(experiment), Optional.empty(), told::tell).send(List.of(run));
    }

    @Test
    void aRunIsInMlflowWhenItEnds(TestInfo test) {
        TestRun run = TestRun.begin(runs, "live", 1);
        try (Tracking tracking = Tracking.begin(run.directory(), wish(RealServer.uri(), test.getDisplayName()), PACE, told)) {
            run.load().decompose().epochs(3);
            pause(300);
            run.prune(500, 4, 4).evaluate("validation", 0.9).export().finish(0.9);
        }
        assertThat(told.warnings).isEmpty();
        assertThat(told.lines).anyMatch(line -> line.startsWith("MLflow: " + RealServer.uri() + "/#/experiments/")).contains("MLflow has all of this run");
        KilledSyncTest.assertHeld(RealServer.uri(), run.directory());
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @Timeout(120)
    void whateverTheServerDoesTheRunEndsAndNothingIsLost(Fault fault, TestInfo test) {
        TestRun run = TestRun.begin(runs, "run", 2 + fault.ordinal());
        String experiment = "whatever " + fault;
        try (FaultyWay way = FaultyWay.to(RealServer.uri()).with(fault)) {
            long begin = System.nanoTime();
            try (Tracking tracking = Tracking.begin(run.directory(), wish(way.uri(), experiment), IMPATIENT, told)) {
                run.load().decompose().epochs(3);
                pause(300);
                run.prune(500, 4, 4).export().finish(0.9);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            assertThat(took).as("a call that is never answered takes %s, and nobody waits for it", RealServer.target(way.uri()).patience()).isLessThan(Duration.ofSeconds(60));
            assertThat(told.lines).as("nothing is claimed").doesNotContain("MLflow has all of this run");
            assertThat(String.join("\n", told.warnings) + told.lines).contains(way.uri(), "./espalier sync " + run.directory());
            assertThat(told.warnings.stream().filter(line -> line.contains("The run goes on")).count()).as("each kind is said once: %s", told.warnings).isLessThanOrEqualTo(2);
            way.with(Fault.NONE);
            assertThat(sync(way.uri(), experiment, run.directory())).as(told.lines.toString()).isTrue();
        }
        KilledSyncTest.assertHeld(RealServer.uri(), run.directory());
    }

    @Test
    @Timeout(300)
    void aWayOnWhichAnyRequestMayFailLosesNothingAndDoublesNothing(TestInfo test) {
        TestRun run = TestRun.begin(runs, "shaky", 50);
        Random random = new Random(7);
        Fault[] faults = Fault.values();
        try (FaultyWay way = FaultyWay.to(RealServer.uri())) {
            way.with(n -> random.nextInt(12) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE);
            // MLflow's client would wait for ever after an answer 429, and for one that never comes.
            Target target = Target.of(Optional.of(way.uri()), Map.of("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")).orElseThrow();
            Wish wish = new Wish(target, Optional.of(test.getDisplayName()), Optional.empty());
            try (Tracking tracking = Tracking.begin(run.directory(), wish, PACE, told)) {
                run.load().decompose();
                for (int round = 0; round < 8; round++) {
                    run.epochs(2).prune(900 - 100 * round, 9 - round, 30 - round).evaluate("validation", 0.9);
                    pause(250);
                }
                run.export().finish(0.9);
            }
            way.with(Fault.NONE);
            assertThat(sync(way.uri(), test.getDisplayName(), run.directory())).as(told.lines.toString()).isTrue();
        }
        KilledSyncTest.assertHeld(RealServer.uri(), run.directory());
    }

    @Test
    @Timeout(300)
    void aServerThatIsKilledAndStartedAgainMidRunGetsEverything(TestInfo test) throws Exception {
        Path folder = runs.resolve("server");
        TestRun run = TestRun.begin(runs, "killed-server", 60);
        LocalServer server = LocalServer.start(RealServer.environment(), folder, 0, List.of(), Map.of());
        URI uri = server.uri();
        try (Tracking tracking = Tracking.begin(run.directory(), wish(uri.toString(), test.getDisplayName()), PACE, told)) {
            run.load().decompose().epochs(3);
            while (told.lines.isEmpty()) {
                pause(100);
            }
            server.process().descendants().forEach(ProcessHandle::destroyForcibly);
            server.process().destroyForcibly();
            server.awaitEnd();
            run.prune(500, 4, 4).epochs(2);
            pause(500);
            server = LocalServer.start(RealServer.environment(), folder, uri.getPort(), List.of(), Map.of());
            run.evaluate("validation", 0.9).export().finish(0.9);
            pause(4000);
        }
        assertThat(told.lines).as("%s", told.warnings).contains("MLflow has all of this run");
        KilledSyncTest.assertHeld(uri.toString(), run.directory());
        server.close();
    }

    @Test
    void aDeletedRunIsNotMadeAgain(TestInfo test) {
        Path run = TestRun.whole(runs, "deleted", 70).directory();
        assertThat(sync(RealServer.uri(), test.getDisplayName(), run)).isTrue();
        String id = Position.read(run).orElseThrow().runs().values().iterator().next();
        try (Server server = new Server(RealServer.target(RealServer.uri()))) {
            server.post("delete", "runs/delete", Map.of("run_id", id));
            Position.read(run).orElseThrow().at(0, false).write(run);
            assertThat(sync(RealServer.uri(), test.getDisplayName(), run)).isFalse();
            assertThat(told.lines).anyMatch(line -> line.contains("this run was deleted in MLflow at " + RealServer.uri()) && line.contains("restore it there"));
        }
    }

    @Test
    void aDeletedExperimentIsSaidWithTheMend(TestInfo test) {
        Path first = TestRun.whole(runs, "first", 71).directory();
        assertThat(sync(RealServer.uri(), test.getDisplayName(), first)).isTrue();
        try (Server server = new Server(RealServer.target(RealServer.uri()))) {
            server.post("delete", "experiments/delete", Map.of("experiment_id", server.experiment(test.getDisplayName())));
        }
        TestRun second = TestRun.begin(runs, "second", 72);
        try (Tracking tracking = Tracking.begin(second.directory(), wish(RealServer.uri(), test.getDisplayName()), PACE, told)) {
            second.load().finish(0.5);
        }
        assertThat(told.warnings).hasSizeGreaterThanOrEqualTo(1).anyMatch(line -> line.contains("experiment '" + test.getDisplayName() + "' was deleted")
                && line.contains("--experiment") && line.contains("./espalier sync"));
    }

    @Test
    void aServerThatWasEmptiedGetsARunAnew(TestInfo test) {
        Path run = TestRun.whole(runs, "emptied", 73).directory();
        assertThat(sync(RealServer.uri(), test.getDisplayName(), run)).isTrue();
        Position stale = Position.read(run).orElseThrow();
        String key = new Content.OnDisk(run.resolve("run.json"), "").digest();
        stale.withRun(key, "0123456789abcdef0123456789abcdef").write(run);
        assertThat(sync(RealServer.uri(), test.getDisplayName() + " 2", run)).isTrue();
        assertThat(sync(RealServer.uri(), test.getDisplayName(), run)).isTrue();
        KilledSyncTest.assertHeld(RealServer.uri(), run);
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
