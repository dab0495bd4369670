package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {

    @TempDir
    Path parent;

    @Test
    void runsOfOneSecondGetNamesOfTheirOwn() {
        LocalDateTime now = LocalDateTime.of(2026, 2, 3, 4, 5, 6);
        assertThat(RunDirectory.create(parent, "basis-scaling", now)).hasFileName("20260203-040506-basis-scaling");
        assertThat(RunDirectory.create(parent, "basis-scaling", now)).hasFileName("20260203-040506-basis-scaling-2");
        assertThat(RunDirectory.create(parent, "basis-scaling", now)).hasFileName("20260203-040506-basis-scaling-3");
        assertThat(RunDirectory.create(parent, "../my pipeline", now)).hasFileName("20260203-040506-..-my-pipeline").hasParent(parent);
    }

    @Test
    void aParentThatIsAFileIsRefusedByName() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        assertThatThrownBy(() -> RunDirectory.create(file, "p", LocalDateTime.now()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("--run-dir");
    }

    @Test
    void runsAreListedWithWhatBecameOfThem() throws IOException {
        try (Run run = TinyProcess.create(parent)) {
            run.finished(Map.of("accuracy", 0.9));
        }
        try (Run run = TinyProcess.create(parent)) {
            run.failed(new IllegalStateException("oops"));
        }
        TinyProcess.create(parent).close();
        Files.createDirectory(parent.resolve("something-else"));
        assertThat(RunDirectory.list(parent))
                .extracting(RunDirectory::status)
                .containsExactly(RunDirectory.Status.FINISHED, RunDirectory.Status.FAILED, RunDirectory.Status.INTERRUPTED);
        assertThat(RunDirectory.list(parent)).extracting(RunDirectory::pipeline).containsOnly("tiny");
        assertThat(RunDirectory.list(parent.resolve("absent"))).isEmpty();
    }

    @Test
    void aFailedRunThatIsResumedIsNotFailedAnyMore() {
        Path directory;
        try (Run run = TinyProcess.create(parent)) {
            directory = run.directory();
            run.failed(new IllegalStateException("oops"));
        }
        TinyProcess.resume(directory).close();
        assertThat(RunDirectory.of(directory).status()).isEqualTo(RunDirectory.Status.INTERRUPTED);
    }

    @Test
    void aFolderThatIsNoRunIsRefusedByName() {
        assertThatThrownBy(() -> TinyProcess.resume(parent)).isInstanceOf(InputException.class).hasMessageContaining(parent + " is no run directory");
        assertThatThrownBy(() -> Run.settingsOf(parent)).isInstanceOf(InputException.class).hasMessageContaining("run.json");
    }

    @Test
    void aBrokenDescriptionIsRefusedByName() throws IOException {
        Files.writeString(parent.resolve("run.json"), "{\"pipeline\": ");
        assertThatThrownBy(() -> Run.settingsOf(parent)).isInstanceOf(InputException.class).hasMessageContaining(parent.resolve("run.json").toString());
    }

    @Test
    void theLineThatResumesQuotesAPathWithSpaces() {
        assertThat(RunDirectory.resumeLine(Path.of("runs", "a"))).isEqualTo("./espalier run --resume " + Path.of("runs", "a"));
        assertThat(RunDirectory.resumeLine(Path.of("my runs", "a"))).isEqualTo("./espalier run --resume '" + Path.of("my runs", "a") + "'");
        assertThat(RunDirectory.resumeLine(Path.of("Ann's", "$a"))).isEqualTo("./espalier run --resume 'Ann'\\''s/$a'");
    }

    @Test
    void aRunIsFoundByItsDirectoryAndByItsName() {
        Path directory;
        try (Run run = TinyProcess.create(parent)) {
            directory = run.directory();
        }
        assertThat(RunDirectory.find(directory, Path.of("elsewhere"))).isEqualTo(directory);
        assertThat(RunDirectory.find(directory.getFileName(), parent)).isEqualTo(directory);
        assertThatThrownBy(() -> RunDirectory.find(Path.of("none"), parent)).isInstanceOf(InputException.class).hasMessageContaining("none is no run");
    }

    @Test
    void aDamagedRunHidesNoOther() throws IOException {
        Path broken = Files.createDirectory(parent.resolve("0-broken"));
        Files.writeString(broken.resolve("run.json"), "{\"pipeline\": ");
        TinyProcess.create(parent).close();
        assertThat(RunDirectory.directories(parent)).hasSize(2).startsWith(broken);
        assertThatThrownBy(() -> RunDirectory.of(broken)).isInstanceOf(InputException.class).hasMessageContaining("0-broken");
    }

    @Test
    void runsWithinFoldersOfFoldersAreFoundOnce() throws IOException {
        Path deep = Files.createDirectories(parent.resolve("method/1"));
        Path directory;
        try (Run run = TinyProcess.create(deep)) {
            directory = run.directory();
        }
        Path linked = Files.createDirectory(parent.resolve("all")).resolve("link");
        Files.createSymbolicLink(linked, directory);
        Files.createSymbolicLink(parent.resolve("round"), parent);
        assertThat(RunDirectory.directoriesWithin(parent)).containsExactly(linked);
        Files.delete(linked);
        assertThat(RunDirectory.directoriesWithin(parent)).containsExactly(directory);
        assertThat(RunDirectory.directories(parent)).isEmpty();
        assertThat(RunDirectory.directoriesWithin(parent.resolve("absent"))).isEmpty();
    }
}
