package io.espalier.run;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** SHA-256 of a row's bytes, by which rows are known. */
record Row(long a, long b, long c, long d) {

    static final int BYTES = 4 * Long.BYTES;

    static Row of(byte[] bytes, int offset, int length) {
        return of(new Digest().bytes(bytes, offset, length));
    }

    static Row of(Digest digest) {
        return read(ByteBuffer.wrap(digest.raw()));
    }

    static Row read(ByteBuffer in) {
        return new Row(in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    void write(ByteBuffer out) {
        out.putLong(a).putLong(b).putLong(c).putLong(d);
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }
}
