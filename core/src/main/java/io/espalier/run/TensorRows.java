package io.espalier.run;

import io.espalier.nd4j.TensorBytes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A float32 tensor cut along its first dimension, the numbers of each row little-endian in c order. A tensor of fewer
 * than two dimensions, or of rows so short that their digests would outweigh them, is one row.
 */
final class TensorRows implements AutoCloseable {

    private static final int SHORTEST_ROW = 64;

    private final TensorBytes bytes;
    private final int count;

    private TensorRows(TensorBytes bytes, int count) {
        this.bytes = bytes;
        this.count = count;
    }

    static TensorRows of(INDArray tensor) {
        TensorBytes bytes = TensorBytes.of(tensor);
        return new TensorRows(bytes, rows(tensor.shape(), bytes.length()));
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
        return bytes.length() / count;
    }

    Row row(int index) {
        return Row.of(new Digest().tensor(bytes, index * length(), length()));
    }

    void write(int index, OutputStream out) throws IOException {
        bytes.write(index * length(), length(), out);
    }

    @Override
    public void close() {
        bytes.close();
    }
}
