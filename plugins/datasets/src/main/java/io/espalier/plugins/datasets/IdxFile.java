package io.espalier.plugins.datasets;

import io.espalier.api.InputException;
import io.espalier.data.ImageFile;
import io.espalier.data.ImageShape;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file in the IDX format: a magic number (two zero bytes, the type of the values, the number of dimensions), the
 * dimensions as big-endian 32-bit integers, the values. Source: LeCun, Cortes, "The MNIST database".
 */
final class IdxFile {

    private static final int LABELS = 0x0801;
    private static final int IMAGES = 0x0803;
    private static final int GZIP = 0x1f8b;

    /** @param pixels one array of unsigned bytes per image */
    record Images(ImageShape shape, List<byte[]> pixels) {}

    @FunctionalInterface
    private interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    private final Path file;
    private final boolean packed;

    private IdxFile(Path file) throws IOException {
        this.file = file;
        try (InputStream in = Files.newInputStream(file)) {
            this.packed = in.read() == GZIP >> 8 && in.read() == (GZIP & 0xff);
        }
    }

    static Images images(Path file) throws IOException {
        IdxFile idx = new IdxFile(file);
        return idx.read(idx::images);
    }

    static int[] labels(Path file) throws IOException {
        IdxFile idx = new IdxFile(file);
        return idx.read(idx::labels);
    }

    private <T> T read(Reading<T> reading) throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(
                        new BufferedInputStream(packed ? new GZIPInputStream(bytes) : bytes, 1 << 16))) {
            T values = reading.from(in);
            if (in.read() >= 0) {
                throw new InputException(file + " holds more bytes than its header promises; fetch it again");
            }
            return values;
        } catch (EOFException end) {
            throw new InputException(file + " is truncated: it ends before all that its header promises; fetch it again", end);
        } catch (ZipException damage) {
            throw new InputException(file + " is damaged: " + damage.getMessage() + "; fetch it again", damage);
        }
    }

    private Images images(DataInputStream in) throws IOException {
        requireMagic(in, IMAGES, "images");
        int count = dimension(in);
        int height = dimension(in);
        int width = dimension(in);
        if ((long) height * width > ImageFile.MOST_PIXELS) {
            throw new InputException(file + " claims images of " + height + "x" + width + " pixels, more than the "
                    + ImageFile.MOST_PIXELS + " allowed");
        }
        requireBytes(16, (long) count * height * width, count + " images of " + height + "x" + width);
        ImageShape shape = new ImageShape(1, height, width);
        List<byte[]> pixels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] image = new byte[shape.length()];
            in.readFully(image);
            pixels.add(image);
        }
        return new Images(shape, pixels);
    }

    private int[] labels(DataInputStream in) throws IOException {
        requireMagic(in, LABELS, "labels");
        int count = dimension(in);
        requireBytes(8, count, count + " labels");
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = in.readUnsignedByte();
        }
        return labels;
    }

    private void requireMagic(DataInputStream in, int expected, String what) throws IOException {
        int magic = in.readInt();
        if (magic != expected) {
            throw new InputException(String.format(
                    "%s begins with the magic number 0x%08x where IDX %s (unsigned bytes) begin with 0x%08x: it is another kind of file",
                    file, magic, what, expected));
        }
    }

    private int dimension(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 1) {
            throw new InputException(file + " is damaged: its header gives a dimension of " + Integer.toUnsignedString(length));
        }
        return length;
    }

    private void requireBytes(int header, long promised, String what) throws IOException {
        long size = Files.size(file);
        if (packed) {
            Claims.requireUnpackable(file.toString(), promised, size);
        } else if (size != header + promised) {
            throw new InputException(file + (size < header + promised ? " is truncated" : " is damaged") + ": its header promises "
                    + what + ", " + (header + promised) + " bytes with the header, but it has " + size + "; fetch it again");
        }
        Claims.requireMemory(file.toString(), promised);
    }
}
