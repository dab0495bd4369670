package io.espalier.plugins.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folder that a program gets and leaves its answer in. Deleted once the answer was taken; kept, for whoever mends the program, when it was not. */
final class HandedFolder implements AutoCloseable {

    private final Path path;
    private boolean done;

    private HandedFolder(Path path) {
        this.path = path;
    }

    static HandedFolder make() throws IOException {
        return new HandedFolder(Files.createTempDirectory("espalier-command-"));
    }

    Path path() {
        return path;
    }

    void isDone() {
        done = true;
    }

    @Override
    public void close() throws IOException {
        if (!done) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }
}
