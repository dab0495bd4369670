package io.espalier.plugins.datasets;

import io.espalier.api.InputException;
import io.espalier.data.ImageFile;
import io.espalier.data.ImageShape;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** NumPy arrays in a zip file. Nothing is allocated before header, zip entry and packed size agree. */
final class NpzFile implements AutoCloseable {

    /** @param pixels one array per image, unsigned bytes in the order channel, row, column */
    record Images(ImageShape shape, List<byte[]> pixels) {}

    @FunctionalInterface
    private interface Reading<T> {
        T from(DataInputStream in, NpyHeader header) throws IOException;
    }

    private final Path file;
    private final ZipFile zip;

    NpzFile(Path file) throws IOException {
        this.file = file;
        try {
            this.zip = new ZipFile(file.toFile());
        } catch (ZipException damage) {
            throw new InputException(file + " is truncated or no npz (zip) file: " + damage.getMessage() + "; fetch it again", damage);
        }
    }

    boolean has(String array) {
        return zip.getEntry(array + ".npy") != null;
    }

    /** What messages call an array of this file. */
    String place(String array) {
        return file + ": " + array + ".npy";
    }

    /** An array [n, height, width], [n, height, width, 1] or [n, height, width, 3] of unsigned bytes. */
    Images images(String array) throws IOException {
        return read(array, (in, header) -> {
            ImageShape shape = imageShape(array, header);
            long count = header.shape()[0];
            requireBytes(array, header, 1);
            List<byte[]> images = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                byte[] image = new byte[shape.length()];
                in.readFully(image);
                images.add(shape.channels() == 1 ? image : channelsFirst(image, shape));
            }
            return new Images(shape, images);
        });
    }

    /** An array [n] or [n, 1] of labels. */
    int[] labels(String array) throws IOException {
        return read(array, (in, header) -> {
            long[] shape = header.shape();
            if (shape.length == 2 && shape[1] > 1) {
                throw new InputException(place(array) + " has shape " + header.shapeText()
                        + ": several labels an image are not supported, only one of several classes");
            }
            boolean column = shape.length == 1 || shape.length == 2 && shape[1] == 1;
            if (!column || shape[0] < 1 || shape[0] > Integer.MAX_VALUE / 8) {
                throw new InputException(place(array) + " has shape " + header.shapeText() + " where labels have [n] or [n, 1]");
            }
            requireBytes(array, header, labelBytes(array, header));
            int[] labels = new int[(int) shape[0]];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = label(array, in, header.type(), i);
            }
            return labels;
        });
    }

    private <T> T read(String array, Reading<T> reading) throws IOException {
        ZipEntry entry = zip.getEntry(array + ".npy");
        if (entry == null) {
            throw new InputException(file + " holds no array " + array + ", which MedMNIST data needs");
        }
        CRC32 sum = new CRC32();
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(new CheckedInputStream(zip.getInputStream(entry), sum), 1 << 16))) {
            T values = reading.from(in, header(array, in));
            if (in.read() >= 0 || sum.getValue() != entry.getCrc()) {
                throw new InputException(place(array) + " is damaged: its checksum is wrong; fetch the file again");
            }
            return values;
        } catch (EOFException | ZipException damage) {
            throw new InputException(place(array) + " is truncated or damaged: " + damage.getMessage() + "; fetch the file again", damage);
        }
    }

    private NpyHeader header(String array, DataInputStream in) throws IOException {
        NpyHeader header;
        try {
            header = NpyHeader.read(in);
        } catch (EOFException | ZipException damage) {
            throw damage;
        } catch (IOException problem) {
            throw new InputException(place(array) + " " + problem.getMessage(), problem);
        }
        if (header.columnsFirst() && header.shape().length > 1) {
            throw new InputException(place(array) + " is in Fortran order, only C order is read; save numpy.ascontiguousarray of it");
        }
        return header;
    }

    private ImageShape imageShape(String array, NpyHeader header) {
        long[] shape = header.shape();
        if (!header.type().equals("|u1")) {
            throw new InputException(place(array) + " has values of type " + header.type() + "; images must be uint8, 0 to 255");
        }
        boolean fits = shape.length == 3 || shape.length == 4 && (shape[3] == 1 || shape[3] == 3);
        if (!fits || shape[0] < 1 || shape[0] > Integer.MAX_VALUE || shape[1] < 1 || shape[2] < 1) {
            throw new InputException(place(array) + " has shape " + header.shapeText()
                    + " where images have [n, height, width], [n, height, width, 1] or [n, height, width, 3]");
        }
        if (shape[1] > ImageFile.MOST_PIXELS || shape[2] > ImageFile.MOST_PIXELS / shape[1]) {
            throw new InputException(place(array) + " claims images of " + shape[1] + "x" + shape[2] + " pixels, more than the "
                    + ImageFile.MOST_PIXELS + " allowed");
        }
        return new ImageShape(shape.length == 4 ? (int) shape[3] : 1, (int) shape[1], (int) shape[2]);
    }

    private void requireBytes(String array, NpyHeader header, int bytesPerValue) {
        long values = bytesPerValue;
        for (long length : header.shape()) {
            values *= length;
        }
        ZipEntry entry = zip.getEntry(array + ".npy");
        if (entry.getSize() != header.length() + values) {
            throw new InputException(place(array) + " is damaged: shape " + header.shapeText() + " of " + header.type() + " needs "
                    + (header.length() + values) + " bytes with the header, but the zip entry has " + entry.getSize());
        }
        Claims.requireUnpackable(place(array), values, entry.getCompressedSize());
        Claims.requireMemory(place(array), values);
    }

    private int labelBytes(String array, NpyHeader header) {
        return switch (header.type()) {
            case "|u1" -> 1;
            case "<i4" -> 4;
            case "<i8" -> 8;
            default -> throw new InputException(
                    place(array) + " has values of type " + header.type() + "; labels must be uint8, int32 or int64 (little-endian)");
        };
    }

    private int label(String array, DataInputStream in, String type, int index) throws IOException {
        long label = switch (type) {
            case "|u1" -> in.readUnsignedByte();
            case "<i4" -> Integer.reverseBytes(in.readInt());
            default -> Long.reverseBytes(in.readLong());
        };
        if (label < 0 || label > Integer.MAX_VALUE) {
            throw new InputException(place(array) + ": label " + label + " of image " + index + " is out of range: labels begin at 0");
        }
        return (int) label;
    }

    private static byte[] channelsFirst(byte[] image, ImageShape shape) {
        byte[] turned = new byte[image.length];
        int area = shape.height() * shape.width();
        for (int i = 0; i < area; i++) {
            for (int channel = 0; channel < shape.channels(); channel++) {
                turned[channel * area + i] = image[i * shape.channels() + channel];
            }
        }
        return turned;
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
