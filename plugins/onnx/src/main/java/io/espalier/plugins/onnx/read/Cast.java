package io.espalier.plugins.onnx.read;

import onnx.OnnxMl.TensorProto.DataType;

/** The types that Cast names by number. */
final class Cast {

    static final long BOOL = DataType.BOOL_VALUE;

    private Cast() {}

    static boolean isFloat(long type) {
        return type == DataType.FLOAT_VALUE || type == DataType.FLOAT16_VALUE || type == DataType.BFLOAT16_VALUE || type == DataType.DOUBLE_VALUE;
    }

    static boolean isInteger(long type) {
        return type >= DataType.UINT8_VALUE && type <= DataType.INT64_VALUE || type == BOOL || type == DataType.UINT32_VALUE
                || type == DataType.UINT64_VALUE;
    }
}
