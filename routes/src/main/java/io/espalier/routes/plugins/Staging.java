package io.espalier.routes.plugins;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder in which a plugin is made ready, on the same disk as the place where it goes; closing it takes it away. */
record Staging(Path folder) implements AutoCloseable {

    private static final String NAME = ".staging-";

    /** Takes away what an installation left that was killed. */
    static Staging in(Path parent) throws IOException {
        try (Stream<Path> content = Files.list(parent)) {
            for (Path left : content.filter(path -> path.getFileName().toString().startsWith(NAME)).toList()) {
                new Staging(left).close();
            }
        }
        return new Staging(Files.createTempDirectory(parent, NAME));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
