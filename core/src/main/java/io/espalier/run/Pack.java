package io.espalier.run;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file of rows. It begins with a header: {@code ESPALIER-PACK-1}, the number of rows, and of each its length in bytes
 * (both as big-endian ints) and its SHA-256; then come the rows themselves. The file's name is the SHA-256 of the header,
 * so that name, header and rows vouch for each other.
 */
final class Pack {

    /** What is wrong with a pack. */
    static final class DamagedException extends IOException {

        private static final long serialVersionUID = 1L;

        private DamagedException(String message) {
            super(message);
        }
    }

    /**
     * A row and its extent.
     *
     * @param row its digest
     * @param length in bytes
     */
    record Entry(Row row, int length) {}

    static final String ENDING = ".pack";

    private static final byte[] MAGIC = "ESPALIER-PACK-1".getBytes(StandardCharsets.US_ASCII);
    private static final int ENTRY_BYTES = Integer.BYTES + Row.BYTES;

    private final Path file;
    private final List<Entry> entries;
    /** Where each row begins in the file, and at the end where the file ends. */
    private final long[] offsets;

    private Pack(Path file, List<Entry> entries) {
        this.file = file;
        this.entries = entries;
        this.offsets = new long[entries.size() + 1];
        offsets[0] = headerLength(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            offsets[i + 1] = offsets[i] + entries.get(i).length;
        }
    }

    private static long headerLength(int rows) {
        return MAGIC.length + Integer.BYTES + (long) rows * ENTRY_BYTES;
    }

    /** Name of a pack of these rows, without its ending. */
    static String name(List<Entry> entries) {
        return Digest.of(header(entries));
    }

    /** What a pack of these rows begins with. */
    static byte[] header(List<Entry> entries) {
        ByteBuffer header = ByteBuffer.allocate(Math.toIntExact(headerLength(entries.size())));
        header.put(MAGIC).putInt(entries.size());
        for (Entry entry : entries) {
            entry.row.write(header.putInt(entry.length));
        }
        return header.array();
    }

    /** The pack that was just written. */
    static Pack written(Path file, List<Entry> entries) {
        return new Pack(file, List.copyOf(entries));
    }

    /** Reads the header; throws {@link DamagedException} when the file is not what its name and header say. */
    static Pack open(Path file) throws IOException {
        List<Entry> entries = readHeader(file);
        Pack pack = new Pack(file, entries);
        String name = file.getFileName().toString();
        if (!name.equals(name(entries) + ENDING)) {
            throw new DamagedException("its header is not the one that it was written with");
        }
        if (Files.size(file) != pack.offsets[entries.size()]) {
            throw new DamagedException("it has " + Files.size(file) + " bytes where it was written with " + pack.offsets[entries.size()]);
        }
        return pack;
    }

    private static List<Entry> readHeader(Path file) throws IOException {
        long size = Files.size(file);
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            byte[] magic = in.readNBytes(MAGIC.length);
            int rows = size < headerLength(0) ? -1 : in.readInt();
            if (!Arrays.equals(magic, MAGIC) || rows < 0 || headerLength(rows) > size) {
                throw new DamagedException("it does not begin as a pack of " + size + " bytes does");
            }
            ByteBuffer header = ByteBuffer.wrap(in.readNBytes(rows * ENTRY_BYTES));
            List<Entry> entries = new ArrayList<>(rows);
            for (int i = 0; i < rows; i++) {
                int length = header.getInt();
                entries.add(new Entry(Row.read(header), length));
            }
            return List.copyOf(entries);
        }
    }

    List<Entry> entries() {
        return entries;
    }

    Path file() {
        return file;
    }

    /**
     * Reads rows that lie side by side, and checks each.
     *
     * @return their bytes, one after the other
     */
    byte[] read(int first, int count) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(offsets[first + count] - offsets[first])];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (buffer.hasRemaining() && channel.read(buffer, offsets[first] + buffer.position()) >= 0) {
                // A read may give less than was asked for.
                continue;
            }
        }
        for (int i = first; i < first + count; i++) {
            int offset = Math.toIntExact(offsets[i] - offsets[first]);
            if (!Row.of(bytes, offset, entries.get(i).length).equals(entries.get(i).row)) {
                throw new DamagedException("row " + i + " is not what was written");
            }
        }
        return bytes;
    }
}
