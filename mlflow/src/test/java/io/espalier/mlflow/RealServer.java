package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** MLflow's own server, installed below {@code target} and started once for all tests of the module. */
final class RealServer {

    private static final Path PLACE = Path.of("target", "mlflow-environment").toAbsolutePath();

    private RealServer() {}

    private static final class Shared {

        private static final LocalServer SERVER = begun();

        private static LocalServer begun() {
            LocalServer server = LocalServer.start(environment(), folder("espalier-mlflow-tests"), 0, List.of(), Map.of());
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            return server;
        }
    }

    /** Made by the first build. Without Python or its package index the tests are skipped, loudly; under CI they fail. */
    static Environment environment() {
        try {
            return new Environment(PLACE).prepare(line -> System.err.println("tests of MLflow: " + line));
        } catch (InputException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("there is no MLflow to test against, and under CI there must be: " + e.getMessage(), e);
            }
            System.err.println("SKIPPED, NOT TESTED: there is no MLflow to test against: " + e.getMessage());
            return Assumptions.abort(e.getMessage());
        }
    }

    static String uri() {
        environment();
        return Shared.SERVER.uri().toString();
    }

    static Path folder(String name) {
        try {
            return Files.createTempDirectory(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Target target(String uri) {
        return Target.of(Optional.of(uri), Map.of()).orElseThrow();
    }

    /** What MLflow's Python client finds of a run. */
    static JsonNode read(String uri, String run) {
        try {
            Path script = Files.createTempFile("read_back", ".py");
            try (var in = RealServer.class.getResourceAsStream("read_back.py")) {
                Files.write(script, in.readAllBytes());
            }
            Path errors = Files.createTempFile("read_back", ".txt");
            ProcessBuilder builder = new ProcessBuilder(environment().python().toString(), script.toString(), uri, run).redirectError(errors.toFile());
            builder.environment().put("MLFLOW_DISABLE_TELEMETRY", "true");
            builder.environment().put("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false");
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError("reading back failed: " + Files.readString(errors));
            }
            return Json.MAPPER.readTree(said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
