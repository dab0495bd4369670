package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.mlflow.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** A server by {@code mlflow serve}, and MLflow's own Python client to look at what it holds. */
final class MlflowServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ADDRESS = Pattern.compile("MLflow is at (http://127\\.0\\.0\\.1:\\d+) ");
    private static final Pattern PAGE = Pattern.compile("MLflow: http://\\S+/runs/([0-9a-f]{32})");
    /** Where the tests of the module {@code mlflow} have installed it. */
    private static final Path PLACE = Path.of("..", "mlflow", "target", "mlflow-environment").toAbsolutePath().normalize();

    private final Path folder;
    private final Process process;
    private final String uri;

    private MlflowServer(Path folder, Process process, String uri) {
        this.folder = folder;
        this.process = process;
        this.uri = uri;
    }

    /** @param folder for its files and what it says */
    static MlflowServer start(Path folder) throws IOException, InterruptedException {
        requireEnvironment();
        Path cache = Files.createDirectories(folder.resolve("cache/espalier"));
        Files.createSymbolicLink(cache.resolve("mlflow-" + Environment.VERSION), PLACE);
        Path output = folder.resolve("serve.txt");
        Process process = Espalier.start(
                output, Map.of("XDG_CACHE_HOME", folder.resolve("cache").toString()),
                List.of("mlflow", "serve", "--port", "0", "--folder", folder.resolve("mlflow").toString()));
        Matcher address = ADDRESS.matcher("");
        for (int i = 0; i < 360 && process.isAlive() && !address.reset(Files.readString(output)).find(); i++) {
            TimeUnit.MILLISECONDS.sleep(500);
        }
        if (!address.reset(Files.readString(output)).find()) {
            process.destroy();
            throw new AssertionError("no server: " + Files.readString(output));
        }
        return new MlflowServer(folder, process, address.group(1));
    }

    private static void requireEnvironment() {
        try {
            new Environment(PLACE).prepare(System.err::println);
        } catch (InputException e) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("there is no MLflow to test against, and under CI there must be: " + e.getMessage(), e);
            }
            System.err.println("SKIPPED, NOT TESTED: there is no MLflow to test against: " + e.getMessage());
            Assumptions.abort(e.getMessage());
        }
    }

    String uri() {
        return uri;
    }

    /** What it holds of the run that a command was told of. */
    JsonNode read(Espalier.Said said) throws IOException {
        Matcher page = PAGE.matcher(said.out());
        assertThat(page.find()).as(said.out()).isTrue();
        Path script = Path.of("..", "mlflow", "src", "test", "resources", "io", "espalier", "mlflow", "read_back.py").toAbsolutePath();
        Path python = PLACE.resolve("bin/python");
        Path errors = folder.resolve("read_back.txt");
        ProcessBuilder builder = new ProcessBuilder(python.toString(), script.toString(), uri, page.group(1)).redirectError(errors.toFile());
        builder.environment().putAll(Map.of("MLFLOW_DISABLE_TELEMETRY", "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false"));
        String found = new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(found).as(Files.readString(errors)).startsWith("{");
        return JSON.readTree(found);
    }

    /** Values of a metric of a run, in the order of their steps. */
    static List<Double> values(JsonNode run, String metric) {
        List<Double> values = new ArrayList<>();
        run.path("metrics").path(metric).forEach(point -> values.add(point.get(2).asDouble(Double.NaN)));
        return values;
    }

    /** It stops cleanly. */
    @Override
    public void close() throws IOException, InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        assertThat(all).as("a Python below it").isNotEmpty();
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        all.forEach(each -> each.onExit().orTimeout(30, TimeUnit.SECONDS).join());
        assertThat(Files.readString(folder.resolve("serve.txt"))).contains("MLflow has stopped");
    }
}
