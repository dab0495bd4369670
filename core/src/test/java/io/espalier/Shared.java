package io.espalier;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Real models and data, too large for the repository: the folder {@code shared} beside the checkout. */
public final class Shared {

    private Shared() {}

    /** The file; when it is absent the test fails under CI=true and is skipped, loudly, elsewhere. */
    public static Path file(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path candidate = folder.resolve("shared").resolve(name);
            if (Files.exists(candidate)) {
                return candidate;
            }
        }
        String message = "shared/" + name + " is not beside the checkout; what needs it is not tested";
        if ("true".equals(System.getenv("CI"))) {
            fail(message);
        }
        System.err.println("SKIPPED: " + message);
        Assumptions.abort(message);
        throw new IllegalStateException(message);
    }
}
