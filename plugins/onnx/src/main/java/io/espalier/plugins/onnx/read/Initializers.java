package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;
import onnx.OnnxMl.TensorProto;
import onnx.OnnxMl.TensorProto.DataLocation;
import onnx.OnnxMl.TensorProto.DataType;
import org.nd4j.shade.protobuf.ByteString;

/**
 * The file's tensors. What a tensor claims to hold is compared with the bytes that are there before anything is allocated.
 * Half precision, bfloat16 and double become float32.
 */
final class Initializers {

    private static final String AGAIN = "Export the network again";
    private static final int DEEPEST = 16;

    private final ModelFile file;
    private final ExternalData external;

    Initializers(ModelFile file) {
        this.file = file;
        this.external = new ExternalData(file);
    }

    /**
     * @param name for messages
     * @throws InputException when it is damaged or of a type that is not read
     */
    Tensor read(String name, TensorProto proto) {
        Source source = new Source(Operation.printable(name), proto, shape(name, proto));
        return switch (source.type()) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE -> floats(source);
            case INT64, INT32, INT16, INT8, UINT64, UINT32, UINT16, UINT8, BOOL -> integers(source);
            default -> throw refused(source.name, "is of type " + source.type() + ", which is not read",
                    "Read are float, double, float16, bfloat16, whole numbers and bool");
        };
    }

    private long[] shape(String name, TensorProto proto) {
        long[] shape = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
        if (shape.length > DEEPEST || Arrays.stream(shape).anyMatch(extent -> extent < 0)) {
            throw refused(Operation.printable(name),
                    "has the shape " + Arrays.toString(Arrays.copyOf(shape, Math.min(shape.length, DEEPEST))), AGAIN);
        }
        return shape;
    }

    private Tensor floats(Source source) {
        Supplier<float[]> numbers = switch (source.type()) {
            case FLOAT -> source.isTyped(source.proto.getFloatDataCount())
                    ? () -> typed(source, i -> source.proto.getFloatData(i))
                    : raw(source, Float.BYTES, (in, i) -> in.getFloat(i * Float.BYTES));
            case DOUBLE -> source.isTyped(source.proto.getDoubleDataCount())
                    ? () -> typed(source, i -> (float) source.proto.getDoubleData(i))
                    : raw(source, Double.BYTES, (in, i) -> (float) in.getDouble(i * Double.BYTES));
            case FLOAT16 -> source.isTyped(source.proto.getInt32DataCount())
                    ? () -> typed(source, i -> half((short) source.proto.getInt32Data(i)))
                    : raw(source, Short.BYTES, (in, i) -> half(in.getShort(i * Short.BYTES)));
            default -> source.isTyped(source.proto.getInt32DataCount())
                    ? () -> typed(source, i -> Float.intBitsToFloat(source.proto.getInt32Data(i) << Short.SIZE))
                    : raw(source, Short.BYTES, (in, i) -> Float.intBitsToFloat(in.getShort(i * Short.BYTES) << Short.SIZE));
        };
        return Tensor.lazyFloats(source.shape, numbers);
    }

    private Tensor integers(Source source) {
        return Tensor.ofIntegers(source.shape, switch (source.type()) {
            case INT64 -> source.isTyped(source.proto.getInt64DataCount())
                    ? typedIntegers(source, i -> source.proto.getInt64Data(i))
                    : rawIntegers(source, Long.BYTES, (in, i) -> in.getLong(i * Long.BYTES));
            case UINT64 -> source.isTyped(source.proto.getUint64DataCount())
                    ? typedIntegers(source, i -> source.proto.getUint64Data(i))
                    : rawIntegers(source, Long.BYTES, (in, i) -> in.getLong(i * Long.BYTES));
            case UINT32 -> source.isTyped(source.proto.getUint64DataCount())
                    ? typedIntegers(source, i -> source.proto.getUint64Data(i))
                    : rawIntegers(source, Integer.BYTES, (in, i) -> Integer.toUnsignedLong(in.getInt(i * Integer.BYTES)));
            case INT32 -> source.isTyped(source.proto.getInt32DataCount())
                    ? typedIntegers(source, i -> source.proto.getInt32Data(i))
                    : rawIntegers(source, Integer.BYTES, (in, i) -> in.getInt(i * Integer.BYTES));
            case INT16, UINT16 -> source.isTyped(source.proto.getInt32DataCount())
                    ? typedIntegers(source, i -> source.proto.getInt32Data(i))
                    : rawIntegers(source, Short.BYTES, (in, i) ->
                            source.type() == DataType.INT16 ? in.getShort(i * Short.BYTES) : Short.toUnsignedLong(in.getShort(i * Short.BYTES)));
            default -> source.isTyped(source.proto.getInt32DataCount())
                    ? typedIntegers(source, i -> source.proto.getInt32Data(i))
                    : rawIntegers(source, Byte.BYTES, (in, i) -> source.type() == DataType.INT8 ? in.get(i) : Byte.toUnsignedLong(in.get(i)));
        });
    }

    private static float[] typed(Source source, IntToFloat number) {
        float[] all = new float[(int) Tensor.length(source.shape)];
        for (int i = 0; i < all.length; i++) {
            all[i] = number.at(i);
        }
        return all;
    }

    private static long[] typedIntegers(Source source, IntToLong number) {
        long[] all = new long[(int) Tensor.length(source.shape)];
        for (int i = 0; i < all.length; i++) {
            all[i] = number.at(i);
        }
        return all;
    }

    private Supplier<float[]> raw(Source source, int width, FloatAt number) {
        Supplier<ByteBuffer> bytes = bytes(source, width);
        return () -> {
            ByteBuffer in = bytes.get();
            float[] all = new float[in.remaining() / width];
            for (int i = 0; i < all.length; i++) {
                all[i] = number.at(in, i);
            }
            return all;
        };
    }

    private long[] rawIntegers(Source source, int width, LongAt number) {
        ByteBuffer in = bytes(source, width).get();
        long[] all = new long[in.remaining() / width];
        for (int i = 0; i < all.length; i++) {
            all[i] = number.at(in, i);
        }
        return all;
    }

    /** The bytes of a tensor, checked to be as many as its shape needs; read when asked for. */
    private Supplier<ByteBuffer> bytes(Source source, int width) {
        long needed;
        try {
            needed = Math.multiplyExact(Tensor.length(source.shape), (long) width);
        } catch (ArithmeticException e) {
            throw wrongLength(source, "fewer");
        }
        if (source.proto.getDataLocation() == DataLocation.EXTERNAL) {
            return external.bytes(source.name, source.proto.getExternalDataList(), needed);
        }
        ByteString raw = source.proto.getRawData();
        if (raw.size() != needed) {
            throw wrongLength(source, raw.size() + " bytes");
        }
        return () -> raw.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private InputException wrongLength(Source source, String there) {
        return refused(source.name, "has the shape " + Arrays.toString(source.shape) + " of type " + source.type() + ", but " + there
                + " are there", "The file is damaged; export the network again");
    }

    private InputException refused(String name, String what, String mend) {
        return file.refused("its tensor '" + name + "' " + what, mend);
    }

    /** IEEE 754 half precision; Java has it from version 20 on. */
    static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            float value = fraction * 0x1p-24f;
            return sign == 0 ? value : -value;
        }
        int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }

    private interface IntToFloat {
        float at(int index);
    }

    private interface IntToLong {
        long at(int index);
    }

    private interface FloatAt {
        float at(ByteBuffer bytes, int index);
    }

    private interface LongAt {
        long at(ByteBuffer bytes, int index);
    }

    /** One tensor of the file. */
    private final class Source {

        private final String name;
        private final TensorProto proto;
        private final long[] shape;

        Source(String name, TensorProto proto, long[] shape) {
            this.name = name;
            this.proto = proto;
            this.shape = shape;
            if (proto.hasSegment()) {
                throw refused(name, "is in pieces (segments)", AGAIN);
            }
        }

        DataType type() {
            DataType type = DataType.forNumber(proto.getDataType());
            return type == null ? DataType.UNDEFINED : type;
        }

        /** Whether its numbers are in the field of their type, as many as there must be; else they are raw or elsewhere. */
        boolean isTyped(int count) {
            if (count == 0) {
                return false;
            }
            if (!proto.getRawData().isEmpty() || proto.getDataLocation() == DataLocation.EXTERNAL || !isLength(count)) {
                throw wrongLength(this, count + " numbers");
            }
            return true;
        }

        private boolean isLength(int count) {
            try {
                return Tensor.length(shape) == count;
            } catch (ArithmeticException e) {
                return false;
            }
        }
    }
}
