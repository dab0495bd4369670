package io.espalier.plugins.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The first bytes of a file, by which its format is told. */
final class Prefix {

    private Prefix() {}

    /** At most {@code length} bytes; fewer when the file is shorter, none when it is no regular file. */
    static byte[] of(Path file, int length) throws IOException {
        if (!Files.isRegularFile(file)) {
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(length);
        }
    }
}
