package io.espalier.run;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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

    /** What a shell takes as it stands. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:-]+");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    public String pipeline() {
        return description.pipeline();
    }

    public Instant started() {
        return description.started();
    }

    /**
     * The run directories below a folder, by name and so oldest first; what holds no {@code run.json} is none. They are not
     * read: {@link #of} does that, for each by itself, so that a damaged one does not hide the others.
     *
     * @throws InputException when the folder cannot be read
     */
    public static List<Path> directories(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.filter(RunDirectory::isRun).sorted().toList();
        } catch (IOException e) {
            throw unlisted(parent, e);
        }
    }

    /**
     * The same, and those in folders within it, however deep; by path. What is linked to counts once, and no link to a folder of runs
     * is followed.
     *
     * @throws InputException when one of the folders cannot be read
     */
    public static List<Path> directoriesWithin(Path parent) {
        Map<Path, Path> byPlace = new LinkedHashMap<>();
        gather(parent, byPlace);
        return byPlace.values().stream().sorted().toList();
    }

    private static void gather(Path parent, Map<Path, Path> byPlace) {
        try {
            for (Path run : directories(parent)) {
                byPlace.putIfAbsent(run.toRealPath(), run);
            }
            if (Files.isDirectory(parent)) {
                try (Stream<Path> content = Files.list(parent)) {
                    content.filter(folder -> Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && !isRun(folder)).sorted()
                            .forEach(folder -> gather(folder, byPlace));
                }
            }
        } catch (IOException e) {
            throw unlisted(parent, e);
        }
    }

    private static InputException unlisted(Path parent, IOException e) {
        return new InputException(parent + ": the runs in this folder cannot be listed (" + e + "); look at its permissions", e);
    }

    /**
     * The runs below a folder, oldest first.
     *
     * @throws InputException when the folder, or one of the runs, cannot be read
     */
    public static List<RunDirectory> list(Path parent) {
        return directories(parent).stream().map(RunDirectory::of).toList();
    }

    private static boolean isRun(Path directory) {
        return Files.isRegularFile(new Layout(directory).description());
    }

    /**
     * A run by its directory, or by its name below a folder of runs.
     *
     * @throws InputException when it is neither
     */
    public static Path find(Path run, Path parent) {
        return Stream.of(run, parent.resolve(run)).filter(RunDirectory::isRun).findFirst().orElseThrow(() -> new InputException(
                run + " is no run: neither it nor " + parent.resolve(run) + " holds a run.json; `./espalier runs list` shows the runs"));
    }

    /** @throws InputException when the folder is no run directory, or one of its files is damaged */
    public static RunDirectory of(Path directory) {
        String name = directory.toAbsolutePath().normalize().getFileName().toString();
        return new RunDirectory(directory, name, RunDescription.read(directory), status(directory));
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

    /** The command that goes on with a run, ready for a shell. */
    public static String resumeLine(Path directory) {
        String path = directory.toString();
        return "./espalier run --resume " + (PLAIN.matcher(path).matches() ? path : "'" + path.replace("'", "'\\''") + "'");
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
