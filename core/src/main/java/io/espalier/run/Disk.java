package io.espalier.run;

import io.espalier.api.RunFailedException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes the files of one run so that each is there whole or not at all: into a file of another name, forced to the
 * device, renamed, and the folder forced too. What cannot be written ends in a {@link RunFailedException} that says how
 * to go on.
 */
final class Disk {

    /** How files are opened for writing; a test puts a full or dying disk here. */
    @FunctionalInterface
    interface Opening {
        FileChannel open(Path file, OpenOption... options) throws IOException;
    }

    /** Writes a file's content; may close the stream. */
    @FunctionalInterface
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    private static final String UNFINISHED = ".unfinished-";

    /** What operating systems say when a disk or a quota is full. Java has no exception of its own for it. */
    private static final List<String> FULL = List.of("no space left", "not enough space", "quota exceeded");

    private static final boolean WINDOWS = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");

    private final Path run;
    private final Opening opening;

    /** @param run directory of the run, for the line that resumes it */
    Disk(Path run, Opening opening) {
        this.run = run;
        this.opening = opening;
    }

    /** Puts a file there, replacing one of that name. */
    void write(Path target, Content content) {
        Path unfinished = target.resolveSibling(UNFINISHED + UUID.randomUUID());
        try {
            writeForced(unfinished, content);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(target.getParent());
        } catch (IOException e) {
            RunFailedException failure = failure(target, e);
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException alsoFailed) {
                failure.addSuppressed(alsoFailed);
            }
            throw failure;
        }
    }

    private void writeForced(Path file, Content content) throws IOException {
        try (FileChannel channel = opening.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = new Buffer(channel)) {
            content.to(out);
            out.flush();
            channel.force(true);
        }
    }

    /** Closing it only flushes, so that a content may close what it wraps around it before the file is forced. */
    private static final class Buffer extends BufferedOutputStream {

        private Buffer(FileChannel channel) {
            super(Channels.newOutputStream(channel), 1 << 16);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /** Makes the renaming last. Windows cannot open folders, and needs no such thing. */
    private static void force(Path folder) throws IOException {
        if (!WINDOWS) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Opens a file to append to. */
    FileChannel append(Path file) {
        try {
            return opening.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    void createFolders(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failure(folder, e);
        }
    }

    void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /** Files of a folder whose names end like that, without what a killed process left unfinished. */
    List<Path> list(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> !isUnfinished(f) && f.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw failure(folder, e);
        }
    }

    /** Deletes what a killed process left unfinished in a folder. */
    void clean(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(Disk::isUnfinished).toList().forEach(this::delete);
        } catch (IOException e) {
            throw failure(folder, e);
        }
    }

    private static boolean isUnfinished(Path file) {
        return file.getFileName().toString().startsWith(UNFINISHED);
    }

    /** What to throw when a file of the run could not be written or read. */
    RunFailedException failure(Path file, IOException cause) {
        String goOn = " then go on with: " + RunDirectory.resumeLine(run);
        if (isFull(cause)) {
            return new RunFailedException(
                    "the disk is full: " + file + " could not be written (" + cause.getMessage()
                            + "). Every finished stage is kept; free some space," + goOn,
                    cause);
        }
        return new RunFailedException(file + ": " + cause + ". Mend that," + goOn, cause);
    }

    /** What to throw when a file of the store is not what was written into it. */
    RunFailedException damaged(Path file, Exception cause) {
        return new RunFailedException(
                file + " is damaged: " + cause.getMessage() + ". Something else than Espalier changed it. Delete it, then go on with: "
                        + RunDirectory.resumeLine(run) + " - what it held is computed again",
                cause);
    }

    /** The failure to throw instead of something that a stage threw because the disk is full; empty for all else. */
    Optional<RunFailedException> fullDiskBehind(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof IOException io && isFull(io)) {
                boolean named = io instanceof FileSystemException f && f.getFile() != null;
                return Optional.of(failure(named ? Path.of(((FileSystemException) io).getFile()) : run, io));
            }
        }
        return Optional.empty();
    }

    private static boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return FULL.stream().anyMatch(message::contains);
    }
}
