package io.espalier.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What happened in a run, oldest first: one line of JSON for each event, {@code {"time", "type", "details"}}. Only
 * appended to; an event is on the device before the next step begins.
 */
public final class Journal implements AutoCloseable {

    /**
     * Something that happened.
     *
     * @param time when
     * @param type what, for example {@code stage-finished}
     * @param details depends on the type
     */
    public record Event(Instant time, String type, JsonNode details) {}

    /** Every whole event of a file, and where the last of them ends. */
    private record Whole(List<Event> events, int length, int fileLength) {}

    /** An event as it is written. */
    private record Line(Instant time, String type, Object details) {}

    private final Path file;
    private final Disk disk;
    private final FileChannel channel;

    private final int cut;

    private Journal(Path file, Disk disk, int cut) {
        this.file = file;
        this.disk = disk;
        this.channel = disk.append(file);
        this.cut = cut;
    }

    /** Opens a journal to append to. A last line that a killed process left torn is cut off, and an event says so. */
    static Journal open(Path file, Disk disk) {
        int torn = Files.exists(file) ? cutTornEnd(file, disk) : 0;
        Journal journal = new Journal(file, disk, torn);
        if (torn > 0) {
            journal.append("journal-cut", Map.of("bytes", torn));
        }
        return journal;
    }

    /** Bytes of a torn line that were cut off when the journal was opened. */
    int cut() {
        return cut;
    }

    private static int cutTornEnd(Path file, Disk disk) {
        Whole whole = wholePart(file);
        int torn = whole.fileLength - whole.length;
        if (torn > 0) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(whole.length);
                channel.force(true);
            } catch (IOException e) {
                throw disk.failure(file, e);
            }
        }
        return torn;
    }

    /**
     * Reads the journal of a run; a torn last line is left out.
     *
     * @param path the run directory, or its {@code journal.jsonl}
     * @throws InputException when it cannot be read, or a line other than the last is no event
     */
    public static List<Event> read(Path path) {
        return wholePart(Files.isDirectory(path) ? new Layout(path).journal() : path).events;
    }

    private static Whole wholePart(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException(file + ": the journal cannot be read (" + e + ")", e);
        }
        List<Event> events = new ArrayList<>();
        int start = 0;
        for (int end = endOfLine(bytes, start); end >= 0; end = endOfLine(bytes, start)) {
            try {
                events.add(event(new String(bytes, start, end - start, StandardCharsets.UTF_8)));
            } catch (IOException | RuntimeException e) {
                if (end + 1 == bytes.length) {
                    break;
                }
                throw new InputException(file + ":" + (events.size() + 1) + ": this line is no event (" + e.getMessage()
                        + "). Only Espalier may write to a journal", e);
            }
            start = end + 1;
        }
        return new Whole(List.copyOf(events), start, bytes.length);
    }

    private static int endOfLine(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static Event event(String line) throws IOException {
        JsonNode node = Json.MAPPER.readTree(line);
        if (!node.hasNonNull("time") || !node.hasNonNull("type") || !node.has("details")) {
            throw new IOException("it has no time, type and details");
        }
        return new Event(Instant.parse(node.get("time").asText()), node.get("type").asText(), node.get("details"));
    }

    /**
     * Writes an event and waits until it is on the device.
     *
     * @throws IllegalArgumentException when JSON cannot hold the details
     * @throws RunFailedException when it cannot be written
     */
    synchronized void append(String type, Object details) {
        ByteBuffer line = line(type, details);
        try {
            long end = channel.size();
            try {
                while (line.hasRemaining()) {
                    channel.write(line);
                }
                channel.force(false);
            } catch (IOException e) {
                cutAgain(end, e);
                throw e;
            }
        } catch (IOException e) {
            throw disk.failure(file, e);
        }
    }

    /** Half a line must not stay: the next event would be joined to it. */
    private void cutAgain(long end, IOException reason) {
        try {
            channel.truncate(end);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static ByteBuffer line(String type, Object details) {
        try {
            String json = Json.MAPPER.writeValueAsString(new Line(Instant.now(), type, details));
            return ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the details of the event '" + type + "' cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw disk.failure(file, e);
        }
    }
}
