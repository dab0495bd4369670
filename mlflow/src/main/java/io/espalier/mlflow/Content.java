package io.espalier.mlflow;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.Arrays;
import java.util.HexFormat;

/** What a file on the server is to hold. */
sealed interface Content {

    /** Bytes. */
    long size();

    /** SHA-256, hexadecimal. */
    String digest();

    /**
     * A file of the run.
     *
     * @param file where it is
     * @param version changes when the file does
     */
    record OnDisk(Path file, String version) implements Content {

        boolean isThere() {
            return Files.isRegularFile(file);
        }

        @Override
        public long size() {
            try {
                return Files.size(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String digest() {
            try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), Names.sha256())) {
                in.transferTo(OutputStream.nullOutputStream());
                return HexFormat.of().formatHex(in.getMessageDigest().digest());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }

    /** Made of the journal. */
    record Made(byte[] bytes) implements Content {

        @Override
        public boolean equals(Object other) {
            return other instanceof Made made && Arrays.equals(bytes, made.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        static Made of(String text) {
            return new Made(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public String digest() {
            return Names.digest(bytes);
        }

        @Override
        public String toString() {
            return "a file of " + bytes.length + " bytes";
        }
    }
}
