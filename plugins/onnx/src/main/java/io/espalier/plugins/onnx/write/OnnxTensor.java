package io.espalier.plugins.onnx.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import onnx.Onnx;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.CodedOutputStream;

/** A constant of an ONNX graph, its numbers little-endian as {@code raw_data}. */
sealed interface OnnxTensor {

    /** Name, type and extents, without the numbers. */
    Onnx.TensorProto header(String name);

    /** Bytes of the numbers. */
    long bytes();

    void writeNumbers(CodedOutputStream out) throws IOException;

    /** Float32 numbers; a million of them are copied at a time, since a network of 2 GB is not held twice. */
    record Floats(INDArray values) implements OnnxTensor {

        private static final int CHUNK = 1 << 18;

        @Override
        public Onnx.TensorProto header(String name) {
            Onnx.TensorProto.Builder header = Onnx.TensorProto.newBuilder().setName(name).setDataType(Onnx.TensorProto.DataType.FLOAT_VALUE);
            for (long extent : values.shape()) {
                header.addDims(extent);
            }
            return header.build();
        }

        @Override
        public long bytes() {
            return values.length() * Float.BYTES;
        }

        @Override
        public void writeNumbers(CodedOutputStream out) throws IOException {
            // Closed, and not left to the garbage collector: all of them together are the network once more.
            try (INDArray inOrder = values.dup('c')) {
                writeNumbers(inOrder.data(), out);
            }
        }

        private void writeNumbers(DataBuffer numbers, CodedOutputStream out) throws IOException {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (long from = 0; from < values.length(); from += CHUNK) {
                chunk.clear();
                long to = Math.min(from + CHUNK, values.length());
                for (long i = from; i < to; i++) {
                    chunk.putFloat(numbers.getFloat(i));
                }
                out.writeRawBytes(chunk.array(), 0, chunk.position());
            }
        }
    }

    /** One float32 number without dimensions. */
    record Scalar(float value) implements OnnxTensor {

        @Override
        public Onnx.TensorProto header(String name) {
            return Onnx.TensorProto.newBuilder().setName(name).setDataType(Onnx.TensorProto.DataType.FLOAT_VALUE).build();
        }

        @Override
        public long bytes() {
            return Float.BYTES;
        }

        @Override
        public void writeNumbers(CodedOutputStream out) throws IOException {
            out.writeFixed32NoTag(Float.floatToRawIntBits(value));
        }
    }

    /** A vector of int64 numbers. */
    record Integers(long[] values) implements OnnxTensor {

        @Override
        public Onnx.TensorProto header(String name) {
            return Onnx.TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(Onnx.TensorProto.DataType.INT64_VALUE)
                    .addDims(values.length)
                    .build();
        }

        @Override
        public long bytes() {
            return (long) values.length * Long.BYTES;
        }

        @Override
        public void writeNumbers(CodedOutputStream out) throws IOException {
            for (long value : values) {
                out.writeFixed64NoTag(value);
            }
        }
    }
}
