package io.espalier.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A float32 tensor cut along its first dimension, the numbers of each row little-endian in c order. A tensor of fewer
 * than two dimensions, or of rows so short that their digests would outweigh them, is one row.
 */
final class TensorRows {

    private static final int SHORTEST_ROW = 64;

    private final byte[] bytes;
    private final int count;

    private TensorRows(byte[] bytes, int count) {
        this.bytes = bytes;
        this.count = count;
    }

    static TensorRows of(INDArray tensor) {
        if (tensor.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException("networks hold float32 tensors only, not " + tensor.dataType());
        }
        float[] numbers;
        // Closed, and not left to the garbage collector: all of them together are the network once more.
        try (INDArray inOrder = tensor.dup('c')) {
            numbers = inOrder.data().asFloat();
        }
        byte[] bytes = new byte[Math.multiplyExact(numbers.length, Float.BYTES)];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(numbers);
        return new TensorRows(bytes, rows(tensor.shape(), bytes.length));
    }

    private static int rows(long[] shape, int length) {
        boolean cut = shape.length > 1 && shape[0] > 1 && length / shape[0] >= SHORTEST_ROW;
        return cut ? Math.toIntExact(shape[0]) : 1;
    }

    /** Puts a tensor together again; bits are kept. */
    static INDArray tensor(byte[] bytes, long[] shape) {
        float[] numbers = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
        if (numbers.length != Arrays.stream(shape).reduce(1, Math::multiplyExact)) {
            throw new IllegalArgumentException(numbers.length + " numbers are no tensor of shape " + Arrays.toString(shape));
        }
        return Nd4j.create(numbers, shape, 'c').detach();
    }

    int count() {
        return count;
    }

    /** Bytes in a row. */
    int length() {
        return bytes.length / count;
    }

    Row row(int index) {
        return Row.of(bytes, index * length(), length());
    }

    void write(int index, OutputStream out) throws IOException {
        out.write(bytes, index * length(), length());
    }
}
