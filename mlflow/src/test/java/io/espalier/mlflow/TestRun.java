package io.espalier.mlflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A run directory, written event by event as a run of ours writes it. */
final class TestRun {

    private final Path directory;
    private Instant now;
    private int position;
    private String candidate = "none";

    private TestRun(Path directory, Instant begin) {
        this.directory = directory;
        this.now = begin;
    }

    static TestRun begin(Path parent, String name, long seed) {
        return begin(parent, name, seed, Map.of("fraction", "0.2"));
    }

    static TestRun begin(Path parent, String name, long seed, Map<String, String> parameters) {
        try {
            TestRun run = new TestRun(Files.createDirectories(parent.resolve(name)), Instant.parse("2026-05-04T10:00:00.123456789Z").plusSeconds(1000 * seed));
            Map<String, Object> description = new LinkedHashMap<>();
            description.put("pipeline", "basis-scaling");
            description.put("text", "- route:\n    id: basis-scaling\n");
            description.put("parameters", parameters);
            description.put("seed", seed);
            description.put("skipUnreadable", false);
            description.put("engine", "dl4j");
            description.put("engineFingerprint", "dl4j float");
            description.put("started", run.now.toString());
            description.put("versions", Map.of("espalier", "0.1.0", "commit", "0123456789abcdef0123456789abcdef01234567"));
            description.put("machine", Map.of("user", "ada", "os", "Linux", "cores", "2", "processor", "P"));
            description.put("plugins", List.of());
            description.put("pluginFolders", List.of());
            Files.createDirectories(run.directory.resolve("artifacts"));
            Files.write(run.directory.resolve("run.json"), Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(description));
            return run.event("run-started", description);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path directory() {
        return directory;
    }

    /** One tenth of a second after the last. */
    TestRun event(String type, Object details) {
        now = now.plus(Duration.ofMillis(100));
        ObjectNode line = Json.MAPPER.createObjectNode().put("time", now.toString()).put("type", type);
        line.set("details", Json.MAPPER.valueToTree(details));
        try {
            Files.writeString(
                    directory.resolve("journal.jsonl"), Json.text(line) + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A stage on the last candidate, with what it journals and writes. */
    TestRun stage(String stage, Map<String, ?> options, Runnable inside, String... artifacts) {
        return stage(stage, options, "", candidate, stage + "-" + (position + 1), inside, artifacts);
    }

    TestRun stage(String stage, Map<String, ?> options, String branch, String input, String output, Runnable inside, String... artifacts) {
        position++;
        Map<String, Object> facts = facts(stage, output);
        facts.put("input", input);
        facts.put("options", options);
        if (!branch.isEmpty()) {
            facts.put("branch", branch);
        }
        event("stage-started", facts);
        inside.run();
        Map<String, Object> finished = facts(stage, output);
        finished.put("candidate", output);
        finished.put("seconds", 0.5 * position);
        finished.put("metrics", Map.of());
        List<Map<String, String>> written = new ArrayList<>();
        for (String path : artifacts) {
            written.add(Map.of("path", path, "digest", new Content.OnDisk(artifact(path), "").digest()));
        }
        finished.put("artifacts", written);
        candidate = output;
        return event("stage-finished", finished);
    }

    /** A stage whose result was there already. */
    TestRun reused(String stage, String input, String output) {
        position++;
        Map<String, Object> facts = facts(stage, output);
        facts.put("input", input);
        facts.put("options", Map.of());
        event("stage-started", facts);
        Map<String, Object> reused = facts(stage, output);
        reused.put("candidate", output);
        candidate = output;
        return event("stage-reused", reused);
    }

    private Map<String, Object> facts(String stage, String output) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("position", position);
        facts.put("stage", stage);
        facts.put("place", "basis-scaling.camel.yaml:" + stage);
        facts.put("key", "key-of-" + output);
        return facts;
    }

    TestRun resumed() {
        position = 0;
        candidate = "none";
        return event("run-resumed", Map.of());
    }

    Path artifact(String path) {
        return directory.resolve("artifacts").resolve(path);
    }

    Path write(String path, byte[] bytes) {
        try {
            Files.createDirectories(artifact(path).getParent());
            return Files.write(artifact(path), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    TestRun load() {
        return stage("load", Map.of("model", "m.zip", "size", "auto"), () -> {
            event("data", Map.of(
                    "source", "/data/mnist-small", "format", "idx", "digest", "ab".repeat(32), "classes", List.of("0", "1", "2"), "train", 2000, "validation", 1000,
                    "test", 2000, "note", ""));
            event("network", Map.of("format", "dl4j", "digest", "cd".repeat(32), "parameters", 1000, "flops", 50_000, "layers", List.of()));
        });
    }

    TestRun decompose() {
        return stage("decompose", Map.of("method", "basis"), () -> event("ranks", Map.of("conv1", 9, "conv2", 32)));
    }

    TestRun epochs(int count) {
        return stage("train-scalings", Map.of("epochs", count, "learningRate", "0.02"), () -> epochEvents(1, count));
    }

    void epochEvents(int from, int to) {
        for (int epoch = from; epoch <= to; epoch++) {
            event("epoch", Map.of(
                    "epoch", epoch, "loss", 1.0 / (epoch + position), "learningRate", 0.02 / epoch, "imagesPerSecond", 300 + epoch,
                    "validation", Map.of("accuracy", 0.9 + 0.001 * epoch, "loss", 0.3, "auc", 0.99, "balancedAccuracy", 0.9, "recall", List.of(0.9, 0.8, 1.0))));
        }
    }

    TestRun prune(int parameters, int conv1, int conv2) {
        return stage("threshold", Map.of("fraction", "0.2", "criterion", "basis-taylor"), () -> {
            event("scores", Map.of("criterion", "basis-taylor", "kind", "BASIS_VECTOR", "scores", Map.of("conv1", List.of(0.5, -0.25, 2), "conv2", List.of(conv2, 0))));
            pruned(parameters, conv1, conv2);
        });
    }

    void pruned(int parameters, int conv1, int conv2) {
        event("plan", Map.of("reason", "criterion basis-taylor", "removals", List.of(Map.of("group", "conv2", "removed", List.of(1, 2)))));
        event("pruned", Map.of(
                "units", "basis vectors", "before", 41, "removed", 4, "left", Map.of("conv1", conv1, "conv2", conv2), "parameters", parameters, "flops", parameters * 50));
    }

    TestRun evaluate(String name, double accuracy) {
        return stage("evaluate", Map.of("split", name), () -> measured(name, accuracy));
    }

    void measured(String name, double accuracy) {
        event("metrics", Map.of(
                "name", name, "split", name, "parameters", 1,
                "metrics", Map.of("accuracy", accuracy, "loss", 0.25, "auc", Double.NaN, "balancedAccuracy", accuracy, "recall", List.of(0.5, 1.0, 1.0))));
    }

    TestRun guard(boolean held) {
        return stage("guard", Map.of("target", "0.9"), () -> event("guard", Map.of("metric", "accuracy", "reference", 0.9, "now", 0.9, "held", held, "reached", !held)));
    }

    /** Writes a network and its card. */
    TestRun export() {
        write("pruned.zip", new byte[] {1, 2, 3, 4});
        write("pruned.json", "{\"format\": \"espalier-model-card\", \"version\": 1, \"parameters\": 600, \"flops\": 30000, \"digest\": \"ef\"}".getBytes(StandardCharsets.UTF_8));
        return stage("export", Map.of("format", "dl4j", "name", "pruned"), () -> {}, "pruned.json", "pruned.zip");
    }

    TestRun finish(double accuracy) {
        Map<String, Object> network = new LinkedHashMap<>();
        network.put("parameters", 600);
        network.put("flops", 30_000);
        network.put("bytes", 2_400);
        network.put("accuracy", accuracy);
        network.put("auc", null);
        network.put("latencyMs", Map.of("1", Map.of("median", 1.25, "p95", 2.5)));
        try {
            Map<String, Object> summary = new LinkedHashMap<>();
            summary.put("loaded", network);
            summary.put("pruned", network);
            summary.put("requestedReduction", 0.9);
            summary.put("achievedReduction", 0.4);
            summary.put("testReads", 1);
            Files.write(directory.resolve("summary.json"), Json.MAPPER.writeValueAsBytes(summary));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return event("run-finished", Map.of("parameters", 600, "requestedReduction", 0.9, "achievedReduction", 0.4, "testReads", 1));
    }

    /** Two rounds of pruning, exported. */
    static TestRun whole(Path parent, String name, long seed) {
        return begin(parent, name, seed).load().decompose().epochs(3).evaluate("scaled", 0.93)
                .prune(800, 9, 28).epochs(2).evaluate("validation", 0.94).guard(true)
                .prune(600, 8, 20).epochs(2).evaluate("validation", 0.92).guard(true)
                .evaluate("test", 0.91).export().finish(0.91);
    }
}
