package io.espalier.routes.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a run directory that the command line reads and writes.
 *
 * @param directory of the run
 */
record RunFiles(Path directory) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DESCRIPTION = "run.json";
    private static final String TEST_READ = "test-read";

    /** What {@code run.json} says, as far as a resume needs it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Description(String pipeline, String text, Map<String, String> parameters, long seed, boolean skipUnreadable, String engine, String started) {}

    /** The runs in a folder, oldest first. */
    static List<RunFiles> in(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(child -> Files.isRegularFile(child.resolve(DESCRIPTION))).sorted().map(RunFiles::new).toList();
        } catch (IOException e) {
            throw new InputException(parent + " cannot be read: " + e.getMessage() + "\n    look at its permissions", e);
        }
    }

    /** A run by its directory, or by its name within the folder of runs. */
    static RunFiles find(Path run, Path parent) {
        return Stream.of(run, parent.resolve(run))
                .filter(directory -> Files.isRegularFile(directory.resolve(DESCRIPTION)))
                .findFirst()
                .map(RunFiles::new)
                .orElseThrow(() -> new InputException(run + " is no run: it holds no " + DESCRIPTION + "\n    `espalier runs list` shows the runs in " + parent));
    }

    Description description() {
        Path file = directory.resolve(DESCRIPTION);
        try {
            return JSON.readValue(file.toFile(), Description.class);
        } catch (IOException e) {
            throw new InputException(file + " is damaged: " + e.getMessage() + "\n    begin a new run", e);
        }
    }

    Optional<Summary> summary() {
        Path file = directory.resolve(Summary.FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(file.toFile(), Summary.class));
        } catch (IOException e) {
            throw new InputException(file + " is damaged: " + e.getMessage() + "\n    resume the run to write it again", e);
        }
    }

    /** How often the journal says that the test set was read. */
    int testReads() {
        Path journal = directory.resolve("journal.jsonl");
        if (!Files.isRegularFile(journal)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(journal)) {
            return (int) lines.filter(RunFiles::isTestRead).count();
        } catch (IOException e) {
            throw new RunFailedException(journal + " cannot be read: " + e.getMessage() + "\n    resume the run", e);
        }
    }

    private static boolean isTestRead(String line) {
        try {
            JsonNode event = JSON.readTree(line);
            return event.path("type").asText().equals(TEST_READ);
        } catch (IOException e) {
            // The torn last line of a process that was killed.
            return false;
        }
    }

    /** Writes the summary, whole or not at all. */
    void write(Summary summary) {
        Path file = directory.resolve(Summary.FILE);
        Path part = directory.resolve(Summary.FILE + ".part");
        try {
            JSON.writerWithDefaultPrettyPrinter().writeValue(part.toFile(), summary);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new RunFailedException(file + " could not be written: " + e.getMessage() + "\n    free space, then resume the run", e);
        }
    }

    /** The command that goes on with the run. */
    String resumeLine() {
        String path = directory.toString();
        return "./espalier run --resume " + (path.matches("[A-Za-z0-9_./-]+") ? path : "'" + path.replace("'", "'\\''") + "'");
    }
}
