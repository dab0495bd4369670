package io.espalier.run;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;

/**
 * The right to write into a run directory. The operating system takes it back when the process dies, however it dies.
 */
final class RunLock implements AutoCloseable {

    /**
     * A process. The time tells it from an earlier one of the same number, which in a container is the rule.
     *
     * @param pid its number
     * @param started when it was started; the epoch where the system does not say
     */
    private record Holder(long pid, Instant started) {

        static Holder self() {
            ProcessHandle self = ProcessHandle.current();
            return new Holder(self.pid(), self.info().startInstant().orElse(Instant.EPOCH));
        }
    }

    private final Layout layout;
    private final Disk disk;
    private final FileChannel channel;

    private RunLock(Layout layout, Disk disk, FileChannel channel) {
        this.layout = layout;
        this.disk = disk;
        this.channel = channel;
    }

    /** @throws InputException when somebody else holds it */
    static RunLock acquire(Layout layout, Disk disk) {
        if (holder(layout).equals(Optional.of(Holder.self()))) {
            throw inUse(layout);
        }
        FileChannel channel = open(layout, disk);
        try {
            if (tryLock(channel).isEmpty()) {
                throw inUse(layout);
            }
            disk.write(layout.lockHolder(), out -> out.write(Json.MAPPER.writeValueAsBytes(Holder.self())));
            return new RunLock(layout, disk, channel);
        } catch (IOException e) {
            throw closing(channel, disk.failure(layout.lock(), e));
        } catch (RuntimeException e) {
            throw closing(channel, e);
        }
    }

    private static RuntimeException closing(FileChannel channel, RuntimeException reason) {
        try {
            channel.close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
        return reason;
    }

    /**
     * Whether a process holds the lock now. The lock file is not touched when this process holds it: on POSIX, closing
     * any channel to a file gives up all locks that the process has on it.
     */
    static boolean isHeld(Layout layout) {
        if (holder(layout).equals(Optional.of(Holder.self()))) {
            return true;
        }
        if (!Files.exists(layout.lock())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(layout.lock(), StandardOpenOption.WRITE)) {
            return tryLock(channel).isEmpty();
        } catch (IOException e) {
            throw new InputException(layout.lock() + ": cannot tell whether the run is in use (" + e + ")", e);
        }
    }

    private static FileChannel open(Layout layout, Disk disk) {
        try {
            return FileChannel.open(layout.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw disk.failure(layout.lock(), e);
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    private static Optional<Holder> holder(Layout layout) {
        if (!Files.exists(layout.lockHolder())) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.readValue(layout.lockHolder().toFile(), Holder.class));
        } catch (IOException e) {
            // It only names the holder to people; the lock itself decides.
            return Optional.empty();
        }
    }

    private static InputException inUse(Layout layout) {
        String who = holder(layout).map(h -> " (pid " + h.pid + ")").orElse("");
        return new InputException(layout.directory() + " is in use by another process" + who
                + ": wait until it ends, or stop it, or begin a new run");
    }

    @Override
    public void close() {
        disk.delete(layout.lockHolder());
        try {
            channel.close();
        } catch (IOException e) {
            throw disk.failure(layout.lock(), e);
        }
    }
}
