package io.espalier.routes.whole;

import java.awt.image.BufferedImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Handwritten digits of the bundled data, read by code that shares nothing with Espalier's own.
 *
 * @param pixels of each image, row by row, 0..255
 * @param labels 0..9
 */
record Digits(byte[][] pixels, int[] labels) {

    static final int SIDE = 28;

    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;

    /** The first so many of {@code train} or {@code t10k}. */
    static Digits first(String part, int count) {
        Path folder = Espalier.HOME.resolve("assets/mnist-small");
        try (DataInputStream images = open(folder.resolve(part + "-images-idx3-ubyte.gz"));
                DataInputStream classes = open(folder.resolve(part + "-labels-idx1-ubyte.gz"))) {
            images.skipNBytes(16);
            classes.skipNBytes(8);
            byte[][] pixels = new byte[count][SIDE * SIDE];
            int[] labels = new int[count];
            for (int i = 0; i < count; i++) {
                images.readFully(pixels[i]);
                labels[i] = classes.readUnsignedByte();
            }
            return new Digits(pixels, labels);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        InputStream bytes = Files.newInputStream(file);
        return new DataInputStream(new GZIPInputStream(bytes));
    }

    /** Every so many-th image, since the bundled ones are in the order of the original. */
    Digits part(int from, int to) {
        return new Digits(java.util.Arrays.copyOfRange(pixels, from, to), java.util.Arrays.copyOfRange(labels, from, to));
    }

    int size() {
        return labels.length;
    }

    /** Float32 [images, 1, 28, 28], divided by 255. */
    INDArray unit() {
        float[] values = new float[size() * SIDE * SIDE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (pixels[i / (SIDE * SIDE)][i % (SIDE * SIDE)] & 0xff) / 255f;
        }
        return Nd4j.createFromArray(values).reshape(size(), 1, SIDE, SIDE);
    }

    /** Float32 [images, 10]. */
    INDArray oneHot() {
        INDArray labelled = Nd4j.zeros(size(), 10);
        for (int i = 0; i < size(); i++) {
            labelled.putScalar(i, labels[i], 1);
        }
        return labelled;
    }

    /** Writes them as a folder of IDX files of four; the same images serve as training and test part. */
    Path idx(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String part : new String[] {"train", "t10k"}) {
            Files.write(folder.resolve(part + "-images-idx3-ubyte"), imageBytes());
            Files.write(folder.resolve(part + "-labels-idx1-ubyte"), labelBytes());
        }
        return folder;
    }

    byte[] imageBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(16 + size() * SIDE * SIDE).putInt(IMAGES).putInt(size()).putInt(SIDE).putInt(SIDE);
        for (byte[] image : pixels) {
            bytes.put(image);
        }
        return bytes.array();
    }

    byte[] labelBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(8 + size()).putInt(LABELS).putInt(size());
        for (int label : labels) {
            bytes.put((byte) label);
        }
        return bytes.array();
    }

    /** An image as PNG. */
    Path png(int index, Path file) throws IOException {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, SIDE, SIDE, pixels[index]);
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    /** A folder of PNG images for each class; {@code per} images of each. */
    Path folders(Path folder, int per) throws IOException {
        int[] written = new int[10];
        for (int i = 0; i < size(); i++) {
            if (written[labels[i]] < per) {
                png(i, folder.resolve("digit-" + labels[i]).resolve(i + ".png"));
                written[labels[i]]++;
            }
        }
        return folder;
    }
}
