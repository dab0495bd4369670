package io.espalier.run;

import io.espalier.nd4j.TensorBytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/** SHA-256 over fields in a row. Every text is preceded by its length, so that no two lists of fields look the same. */
final class Digest {

    private final MessageDigest sha;

    Digest() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String of(byte[] bytes) {
        return new Digest().bytes(bytes, 0, bytes.length).hex();
    }

    static String ofFile(Path file) throws IOException {
        Digest digest = new Digest();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.bytes(buffer, 0, n);
            }
        }
        return digest.hex();
    }

    Digest bytes(byte[] bytes, int offset, int length) {
        sha.update(bytes, offset, length);
        return this;
    }

    Digest tensor(TensorBytes bytes, int offset, int length) {
        bytes.update(sha, offset, length);
        return this;
    }

    Digest text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return number(bytes.length).bytes(bytes, 0, bytes.length);
    }

    Digest texts(Collection<String> texts) {
        number(texts.size());
        texts.forEach(this::text);
        return this;
    }

    Digest number(long number) {
        sha.update(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
        return this;
    }

    /** To the bit, except that all NaNs are one. */
    Digest number(double number) {
        return number(Double.doubleToLongBits(number));
    }

    byte[] raw() {
        return sha.digest();
    }

    String hex() {
        return HexFormat.of().formatHex(raw());
    }
}
