package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Parameters as {@code Nd4j.write} puts them: a buffer with the shape, then one with the numbers, each with a header of
 * allocation mode, length and type; big-endian.
 */
final class Coefficients {

    /** A shape of rank 32 has 68 numbers. */
    private static final long LONGEST_SHAPE = 68;

    private static final int PIECE = 1 << 16;

    private final Path file;
    private final DataInputStream in;

    private Coefficients(Path file, InputStream in) {
        this.file = file;
        this.in = new DataInputStream(new BufferedInputStream(in, PIECE));
    }

    /**
     * The parameters, float32 [1, length].
     *
     * @param length number of parameters that the configuration needs; nothing is allocated before it is known that the
     *     file claims the same
     */
    static INDArray read(Path file, InputStream in, long length) throws IOException {
        return new Coefficients(file, in).read(length);
    }

    private INDArray read(long expected) throws IOException {
        skipShape();
        Header header = header();
        if (header.length != expected) {
            throw new InputException(file + ": its " + Dl4jZip.COEFFICIENTS + " holds " + header.length
                    + " numbers, but its " + Dl4jZip.CONFIGURATION + " needs " + expected
                    + ". The two belong to different networks or the file is damaged; save the network again");
        }
        if (expected > Integer.MAX_VALUE - 8) {
            throw new InputException(file + " has " + expected + " parameters; networks of up to 2^31 are read");
        }
        float[] numbers = new float[(int) expected];
        fill(numbers, header.type);
        requireFinite(numbers);
        return Nd4j.createFromArray(numbers).reshape(1, expected);
    }

    private void skipShape() throws IOException {
        Header header = header();
        int bytes = switch (header.type) {
            case "LONG" -> Long.BYTES;
            case "INT" -> Integer.BYTES;
            default -> throw damaged("its shape is of type " + printable(header.type));
        };
        if (header.length < 0 || header.length > LONGEST_SHAPE) {
            throw damaged("its shape has " + header.length + " numbers");
        }
        in.readFully(new byte[(int) header.length * bytes]);
    }

    private Header header() throws IOException {
        String mode = in.readUTF();
        long length = switch (mode) {
            case "LONG_SHAPE", "MIXED_DATA_TYPES" -> in.readLong();
            case "DIRECT", "HEAP", "JAVACPP" -> in.readInt();
            default -> throw damaged("'" + printable(mode) + "' is no way of DL4J's to store numbers");
        };
        return new Header(length, in.readUTF());
    }

    private void fill(float[] numbers, String type) throws IOException {
        int bytes = switch (type) {
            case "FLOAT" -> Float.BYTES;
            case "DOUBLE" -> Double.BYTES;
            default -> throw new InputException(file + " stores its parameters as " + printable(type)
                    + "; read are FLOAT and DOUBLE. Convert the network (convertDataType(DataType.FLOAT)) and save it again");
        };
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        for (int done = 0; done < numbers.length; ) {
            int count = Math.min(PIECE / bytes, numbers.length - done);
            in.readFully(piece.array(), 0, count * bytes);
            for (int i = 0; i < count; i++) {
                numbers[done++] = bytes == Float.BYTES ? piece.getFloat(i * bytes) : (float) piece.getDouble(i * bytes);
            }
        }
    }

    private void requireFinite(float[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            if (!Float.isFinite(numbers[i])) {
                throw new InputException(file + ": parameter " + i + " is " + numbers[i]
                        + ". The network's training went wrong or the file is damaged; save a sound one");
            }
        }
    }

    private InputException damaged(String what) {
        return new InputException(file + ": its " + Dl4jZip.COEFFICIENTS + " is damaged: " + what + ". Save the network again");
    }

    /** What a damaged file calls something, fit for a line of text. */
    private static String printable(String text) {
        String clean = text.replaceAll("[^\\x20-\\x7e]", "?");
        return clean.length() > 40 ? clean.substring(0, 40) + "…" : clean;
    }

    private record Header(long length, String type) {}
}
