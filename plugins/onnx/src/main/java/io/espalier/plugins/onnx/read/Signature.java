package io.espalier.plugins.onnx.read;

import java.util.Map;

/**
 * Tells an ONNX file by its first fields. The format has no magic number: a file is a bare protobuf message, of which every
 * exporter writes the version first, then some of producer, domain and opset, then the graph.
 */
final class Signature {

    private static final int VERSION_FIELD = 1;
    private static final int GRAPH_FIELD = 7;
    private static final int OPSET_FIELD = 8;
    private static final int NEWEST_VERSION = 64;

    /** Kind of each field of the model on the wire: 0 a number, 2 bytes. */
    private static final Map<Integer, Integer> FIELDS = Map.of(1, 0, 2, 2, 3, 2, 4, 2, 5, 0, 6, 2, 7, 2, 8, 2, 14, 2);

    private final byte[] bytes;
    private int at;

    private Signature(byte[] bytes) {
        this.bytes = bytes;
    }

    static boolean isOnnx(byte[] prefix) {
        return new Signature(prefix).isOnnx();
    }

    private boolean isOnnx() {
        boolean hasVersion = false;
        while (at < bytes.length) {
            long tag = varint();
            int field = (int) (tag >>> 3);
            if (!Integer.valueOf((int) (tag & 7)).equals(FIELDS.get(field)) || tag >>> 3 != field) {
                return false;
            }
            long value = varint();
            if (value < 0 || field == VERSION_FIELD && (value < 1 || value > NEWEST_VERSION)) {
                return false;
            }
            hasVersion |= field == VERSION_FIELD;
            if (field == GRAPH_FIELD || field == OPSET_FIELD) {
                return hasVersion;
            }
            if (FIELDS.get(field) == 2) {
                at = value > bytes.length - at ? bytes.length : at + (int) value;
            }
        }
        return false;
    }

    /** -1 when the bytes end. */
    private long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && at < bytes.length; shift += 7) {
            byte next = bytes[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        return -1;
    }
}
