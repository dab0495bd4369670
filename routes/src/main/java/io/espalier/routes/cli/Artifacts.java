package io.espalier.routes.cli;

import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a run made, to be shipped. */
final class Artifacts {

    private static final String FOLDER = "artifacts";

    private Artifacts() {}

    /** Where the run is and every file that it made, one in a line. */
    static List<String> lines(Path run) {
        List<String> lines = new ArrayList<>();
        Path folder = run.resolve(FOLDER);
        lines.add("The run is in " + run + ", what it made in " + folder);
        files(folder).forEach(file -> lines.add("    " + file));
        return lines;
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
        } catch (IOException e) {
            throw new RunFailedException(folder + " cannot be listed: " + e.getMessage() + "\n    look at its permissions", e);
        }
    }
}
