package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledProcessTest {

    @TempDir
    Path parent;

    private Path log() {
        return parent.resolve("log.txt");
    }

    @Test
    void aRunThatWasKilledAgainAndAgainEndsInTheSameCandidate() throws IOException, InterruptedException {
        String unbroken;
        try (Run run = TinyProcess.create(Files.createDirectory(parent.resolve("unbroken")))) {
            unbroken = TinyProcess.perform(run, 0);
        }
        Path runs = parent.resolve("killed");
        Process process = TinyProcess.start(log(), "new", runs.toString(), "20");
        Path directory = directoryOf(runs, process);
        for (int stages : new int[] {1, 6, 11}) {
            killAfter(stages, directory, process);
            assertThat(RunDirectory.of(directory).status()).isEqualTo(RunDirectory.Status.INTERRUPTED);
            process = TinyProcess.start(log(), "resume", directory.toString(), "20");
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(Files.readString(log())).contains("digest " + unbroken);
        assertThat(RunDirectory.of(directory).status()).isEqualTo(RunDirectory.Status.FINISHED);
        assertThat(finished(directory)).as("no stage was made more often than it had to be").isBetween(17, 17 + 3);
        assertThat(Journal.read(directory)).extracting(Journal.Event::type).contains("stage-reused");
        try (Run run = TinyProcess.resume(directory)) {
            assertThat(TinyProcess.perform(run, 0)).isEqualTo(unbroken);
        }
    }

    /** Kills when so many stages are finished, at whatever moment of the next one that happens to be. */
    private static void killAfter(int stages, Path directory, Process process) throws InterruptedException {
        while (process.isAlive() && finished(directory) < stages) {
            Thread.sleep(1);
        }
        assertThat(process.isAlive()).as("the run was still going on").isTrue();
        process.destroyForcibly().waitFor();
    }

    private static int finished(Path directory) {
        Path journal = new Layout(directory).journal();
        return !Files.exists(journal) ? 0 : (int) Journal.read(journal).stream().filter(e -> e.type().equals("stage-finished")).count();
    }

    private Path directoryOf(Path runs, Process process) throws InterruptedException {
        List<RunDirectory> found = RunDirectory.list(runs);
        while (found.isEmpty() && process.isAlive()) {
            Thread.sleep(5);
            found = RunDirectory.list(runs);
        }
        assertThat(found).hasSize(1);
        return found.get(0).directory();
    }

    @Test
    void aDirectoryInUseByAnotherProcessIsRefusedWithItsPid() throws InterruptedException, IOException {
        Path runs = parent.resolve("used");
        Process process = TinyProcess.start(log(), "new", runs.toString(), "60000");
        try {
            Path directory = directoryOf(runs, process);
            while (process.isAlive() && finished(directory) < 1) {
                Thread.sleep(5);
            }
            assertThatThrownBy(() -> TinyProcess.resume(directory))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(directory + " is in use by another process (pid " + process.pid() + ")");
            assertThat(RunDirectory.list(runs)).extracting(RunDirectory::status).containsExactly(RunDirectory.Status.RUNNING);
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(RunDirectory.list(runs)).extracting(RunDirectory::status).containsExactly(RunDirectory.Status.INTERRUPTED);
    }

    @Test
    void aDirectoryInUseByThisVeryProcessIsRefusedAndStaysLocked() {
        try (Run run = TinyProcess.create(parent)) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> TinyProcess.resume(run.directory()))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("is in use by another process (pid " + ProcessHandle.current().pid() + ")");
                assertThat(RunDirectory.of(run.directory()).status()).isEqualTo(RunDirectory.Status.RUNNING);
            }
            run.finished(Map.of());
        }
        assertThat(RunDirectory.list(parent)).extracting(RunDirectory::status).containsExactly(RunDirectory.Status.FINISHED);
    }
}
