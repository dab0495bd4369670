package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that dies before, or in the middle of, any of the files that it writes; all of them are tried in turn. */
class BrokenOffTest {

    private static final List<BoundOptions> PIPELINE =
            List.of(Tiny.load(), Tiny.shake(0.1), Tiny.keep(), Tiny.shake(0.2), Tiny.keep(), Tiny.shake(0.3));

    @TempDir
    Path parent;

    /** Stands for kill -9: no code of the run may catch it. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Leaves half a file behind and dies when the n-th file is opened. */
    private static final class Dying implements Disk.Opening {

        private int left;

        private Dying(int left) {
            this.left = left;
        }

        @Override
        public FileChannel open(Path file, OpenOption... options) throws IOException {
            if (left-- == 0) {
                Files.writeString(file, "half a fi");
                throw new Killed();
            }
            return FileChannel.open(file, options);
        }
    }

    private static String performAll(Run run) {
        StageResult result = null;
        Candidate candidate = Candidate.none();
        for (BoundOptions stage : PIPELINE) {
            result = run.perform(stage, candidate, "p", "");
            candidate = result.candidate();
        }
        return result.digest();
    }

    @Test
    void whereverItDiedTheResumedRunEndsInTheSameCandidate() {
        String unbroken;
        try (Run run = create(Integer.MAX_VALUE)) {
            unbroken = performAll(run);
        }
        // Of the first three files (lock holder, description, journal) a run comes about at all.
        int deadliest = 3;
        while (diesAtFile(deadliest)) {
            Path directory = newest();
            assertThat(resumed(directory)).as("killed at file %s", deadliest).isEqualTo(unbroken);
            deadliest++;
        }
        assertThat(deadliest).isGreaterThan(20);
    }

    private boolean diesAtFile(int n) {
        try (Run run = create(n)) {
            performAll(run);
            return false;
        } catch (Killed e) {
            return true;
        }
    }

    /** Runs of one second differ by a number at the end. */
    private Path newest() {
        return RunDirectory.list(parent).stream()
                .max(Comparator.comparing(RunDirectory::started))
                .orElseThrow()
                .directory();
    }

    private Run create(int filesUntilDeath) {
        return Run.create(parent, Tiny.settings(new Tiny.Watcher()), new Tiny.Some(List.of()), new Dying(filesUntilDeath));
    }

    private String resumed(Path directory) {
        try (Run run = Run.resume(directory, Tiny.settings(new Tiny.Watcher()), new Tiny.Some(List.of()), FileChannel::open)) {
            String digest = performAll(run);
            assertThat(leftovers(directory)).isEmpty();
            return digest;
        }
    }

    private static List<Path> leftovers(Path directory) {
        return new Layout(directory)
                .folders().stream()
                        .flatMap(f -> List.of(f.toFile().listFiles()).stream())
                        .map(File::toPath)
                        .filter(f -> f.getFileName().toString().startsWith("."))
                        .toList();
    }

    @Test
    void aDirectoryWithoutADescriptionIsNoRun() {
        assertThatThrownBy(() -> create(1)).isInstanceOf(Killed.class);
        assertThat(RunDirectory.list(parent)).isEmpty();
    }
}
