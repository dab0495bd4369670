package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** Runs in a folder of the test, of the stages of {@link Tiny}. */
abstract class TinyRuns {

    @TempDir
    Path parent;

    final Tiny.Watcher watcher = new Tiny.Watcher();
    List<Extension> extensions = List.of();

    Run create() {
        return create(FileChannel::open);
    }

    Run create(Disk.Opening opening) {
        return Run.create(parent, Tiny.settings(watcher), new Tiny.Some(extensions), opening);
    }

    Run resume(Path directory) {
        watcher.made.clear();
        watcher.reused.clear();
        watcher.said.clear();
        return Run.resume(directory, Tiny.settings(watcher), new Tiny.Some(extensions), FileChannel::open);
    }

    /** Performs stages one after the other; the last result. */
    static StageResult perform(Run run, BoundOptions... stages) {
        StageResult result = null;
        Candidate candidate = Candidate.none();
        for (BoundOptions stage : stages) {
            result = run.perform(stage, candidate, "tiny.yaml:" + stage.extension().name(), "");
            candidate = result.candidate();
        }
        return result;
    }

    Path performAndClose(BoundOptions... stages) {
        try (Run run = create()) {
            perform(run, stages);
            return run.directory();
        }
    }

    static List<String> events(Path directory) {
        return Journal.read(directory).stream().map(Journal.Event::type).toList();
    }

    static long bytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(f -> f.toFile().length()).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
