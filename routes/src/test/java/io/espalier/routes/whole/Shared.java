package io.espalier.routes.whole;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Models and data that are too large for the repository: the folder {@code shared} beside the checkout. */
final class Shared {

    private Shared() {}

    /** A file of it. Without the folder the test is skipped, loudly; under CI it fails. */
    static Path file(String name) {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path file = at.resolve("shared").resolve(name);
            if (Files.exists(file)) {
                return file;
            }
        }
        String missing = "../shared/" + name + " is not there";
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(missing + ", and under CI it must be");
        }
        System.err.println("SKIPPED, NOT TESTED: " + missing);
        return Assumptions.abort(missing);
    }
}
