package io.espalier.plugins.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A Python with {@code onnx} and {@code numpy}, in a virtual environment below {@code target} that the first build makes. */
final class Python {

    static final Path EXAMPLES = Path.of("examples").toAbsolutePath();

    private static final Path FOLDER = Path.of("target", "python-environment").toAbsolutePath();

    private Python() {}

    /** Path of the interpreter. Without Python or its package index the tests are skipped, loudly; under CI they fail. */
    static synchronized String interpreter() {
        Path python = FOLDER.resolve("bin").resolve("python");
        Path ready = FOLDER.resolve("ready");
        try {
            if (!Files.exists(ready)) {
                Files.createDirectories(FOLDER);
                run("python3", "-m", "venv", FOLDER.toString());
                run(python.toString(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary", "-q",
                        "-r", EXAMPLES.resolve("l1/requirements.txt").toString());
                Files.createFile(ready);
            }
            return python.toString();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("there is no Python to test with, and under CI there must be: " + e.getMessage(), e);
            }
            System.err.println("SKIPPED, NOT TESTED: there is no Python with onnx and numpy: " + e.getMessage());
            return Assumptions.abort(e.getMessage());
        }
    }

    private static void run(String... command) throws IOException {
        Path log = FOLDER.resolve("install.log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", List.of(command)) + " failed; see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
