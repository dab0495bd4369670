package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.run.Journal;
import java.io.ByteArrayOutputStream;
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

/** Reads on in a journal that another thread or process may write to. A line that is not whole waits for the next time. */
final class Tail {

    private static final int CHUNK = 1 << 16;

    private final Path journal;
    private long position;

    Tail(Path journal) {
        this.journal = journal;
    }

    /** Bytes that were read as whole lines. */
    long position() {
        return position;
    }

    /** Events that were written since, oldest first. */
    List<Journal.Event> read() {
        if (!Files.exists(journal)) {
            return List.of();
        }
        List<Journal.Event> events = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(journal, StandardOpenOption.READ)) {
            channel.position(position);
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (channel.read(chunk.clear()) > 0) {
                chunk.flip();
                while (chunk.hasRemaining()) {
                    byte b = chunk.get();
                    line.write(b);
                    if (b == '\n') {
                        events.add(event(line.toString(StandardCharsets.UTF_8)));
                        position += line.size();
                        line.reset();
                    }
                }
            }
            return events;
        } catch (IOException e) {
            throw new Trouble(Trouble.Kind.REFUSED, journal + " cannot be read at byte " + position + " (" + e.getMessage() + ")", e);
        }
    }

    private static Journal.Event event(String line) throws IOException {
        JsonNode node = Json.MAPPER.readTree(line);
        if (node == null || !node.hasNonNull("time") || !node.hasNonNull("type")) {
            throw new IOException("a line is no event");
        }
        return new Journal.Event(Instant.parse(node.get("time").asText()), node.get("type").asText(), node.path("details"));
    }
}
