package io.espalier.run;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A run as others see it.
 *
 * @param directory where it is
 * @param name the directory's name, {@code yyyyMMdd-HHmmss-PIPELINE}
 * @param description what it was begun with
 * @param status how far it is
 */
public record RunDirectory(Path directory, String name, RunDescription description, Status status) {

    /** How far a run is. */
    public enum Status {
        /** A process is at it. */
        RUNNING,
        /** It came to its end. */
        FINISHED,
        /** It could not go on. */
        FAILED,
        /** It was told to stop, or killed. */
        INTERRUPTED
    }

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    public String pipeline() {
        return description.pipeline();
    }

    public Instant started() {
        return description.started();
    }

    /**
     * The runs below a folder, oldest first; what holds no {@code run.json} is none.
     *
     * @throws InputException when the folder, or one of the runs, cannot be read
     */
    public static List<RunDirectory> list(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.filter(f -> Files.isRegularFile(new Layout(f).description()))
                    .map(RunDirectory::of)
                    .sorted(Comparator.comparing(RunDirectory::started).thenComparing(RunDirectory::name))
                    .toList();
        } catch (IOException e) {
            throw new InputException(parent + ": the runs in this folder cannot be listed (" + e + ")", e);
        }
    }

    /** @throws InputException when the folder is no run directory */
    public static RunDirectory of(Path directory) {
        return new RunDirectory(directory, directory.getFileName().toString(), RunDescription.read(directory), status(directory));
    }

    private static Status status(Path directory) {
        Layout layout = new Layout(directory);
        if (RunLock.isHeld(layout)) {
            return Status.RUNNING;
        }
        Status status = Status.INTERRUPTED;
        for (Journal.Event event : Files.exists(layout.journal()) ? Journal.read(directory) : List.<Journal.Event>of()) {
            status = switch (event.type()) {
                case "run-finished" -> Status.FINISHED;
                case "run-failed" -> Status.FAILED;
                case "run-started", "run-resumed", "run-interrupted" -> Status.INTERRUPTED;
                default -> status;
            };
        }
        return status;
    }

    /** The command that goes on with a run. */
    public static String resumeLine(Path directory) {
        String path = directory.toString();
        return "espalier run --resume " + (path.chars().anyMatch(Character::isWhitespace) ? "'" + path + "'" : path);
    }

    /** Makes a new, empty directory for a run; the name of its pipeline is part of its own. */
    static Path create(Path parent, String pipeline, LocalDateTime now) {
        String name = TIME.format(now) + "-" + pipeline.replaceAll("[^A-Za-z0-9._-]", "-");
        try {
            Files.createDirectories(parent);
            for (int n = 1; ; n++) {
                Path directory = parent.resolve(n == 1 ? name : name + "-" + n);
                try {
                    return Files.createDirectory(directory);
                } catch (FileAlreadyExistsException e) {
                    // Another run of the same second has that name: take the next.
                    continue;
                }
            }
        } catch (IOException e) {
            throw new InputException("no run directory can be made in " + parent + " (" + e + "); choose another with --run-dir", e);
        }
    }
}
