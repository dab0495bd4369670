package io.espalier.nd4j;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The numbers of a float32 tensor as bytes, little-endian in c order. They are read where they lie if they lie so, else from a copy,
 * a few kilobytes at a time: an array of Java's as large as a kernel has no place in a small heap and costs a collection of all of it.
 */
public final class TensorBytes implements AutoCloseable {

    private static final int CHUNK = 1 << 14;

    private final INDArray inOrder;
    private final boolean copied;
    private final ByteBuffer bytes;

    private TensorBytes(INDArray inOrder, boolean copied) {
        this.inOrder = inOrder;
        this.copied = copied;
        // On a GPU the numbers of the host may be old.
        Nd4j.getAffinityManager().ensureLocation(inOrder, AffinityManager.Location.HOST);
        long offset = inOrder.offset();
        // ND4J runs on little-endian processors alone, so these are the bytes in the order that is promised.
        this.bytes = new FloatPointer(inOrder.data().pointer()).position(offset).limit(offset + inOrder.length()).asByteBuffer().slice();
        if (bytes.remaining() != Math.multiplyExact(inOrder.length(), Float.BYTES)) {
            throw new IllegalStateException(bytes.remaining() + " bytes are no tensor of " + inOrder.length() + " numbers");
        }
    }

    /** @throws IllegalArgumentException when the tensor is not of float32, which all of a network's are, or larger than 2 GB */
    public static TensorBytes of(INDArray tensor) {
        if (tensor.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException("networks hold float32 tensors only, not " + tensor.dataType());
        }
        if (tensor.length() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("a tensor of " + tensor.length() + " numbers is larger than 2 GB");
        }
        boolean liesSo = tensor.ordering() == 'c' && Shape.hasDefaultStridesForShape(tensor);
        return new TensorBytes(liesSo ? tensor : tensor.dup('c'), !liesSo);
    }

    /** Bytes in all. */
    public int length() {
        return bytes.remaining();
    }

    /** Adds some of them to a digest. */
    public void update(MessageDigest digest, int offset, int length) {
        digest.update(bytes.slice(offset, length));
    }

    /** Adds all of them to a digest. */
    public void update(MessageDigest digest) {
        update(digest, 0, length());
    }

    /** Writes some of them. */
    public void write(int offset, int length, OutputStream out) throws IOException {
        byte[] chunk = new byte[Math.min(length, CHUNK)];
        for (int done = 0; done < length; done += chunk.length) {
            int next = Math.min(chunk.length, length - done);
            bytes.get(offset + done, chunk, 0, next);
            out.write(chunk, 0, next);
        }
    }

    @Override
    public void close() {
        if (copied) {
            inOrder.close();
        }
    }
}
