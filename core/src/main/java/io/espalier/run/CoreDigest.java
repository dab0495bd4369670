package io.espalier.run;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the code of this module hashes to: its jar, or in development its folder of classes. */
final class CoreDigest {

    private CoreDigest() {}

    static String compute() {
        try {
            Path code = Path.of(CoreDigest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return Files.isDirectory(code) ? ofFolder(code) : Digest.ofFile(code);
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("Espalier cannot read its own classes: " + e.getMessage(), e);
        }
    }

    private static String ofFolder(Path folder) throws IOException {
        Digest digest = new Digest();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                digest.text(folder.relativize(file).toString()).text(Digest.ofFile(file));
            }
        }
        return digest.hex();
    }
}
