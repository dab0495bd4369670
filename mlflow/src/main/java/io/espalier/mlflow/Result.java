package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;

/**
 * What a finished run came to: its {@code summary.json}.
 *
 * @param summary the file
 */
record Result(JsonNode summary) {

    static final String FILE = "summary.json";

    private static final List<String> NETWORKS = List.of("loaded", "scaled", "pruned");

    /** Nothing where there is no such file, as after a pipeline that loads no network. */
    static Optional<Result> read(Path run) {
        Path file = run.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Result(Json.MAPPER.readTree(file.toFile())));
        } catch (IOException e) {
            throw new Trouble(Trouble.Kind.REFUSED, file + " is damaged (" + e.getMessage() + ")\n    delete it and resume the run to have it written again", e);
        }
    }

    /** Numbers by {@code network.measure}. */
    Map<String, Double> numbers() {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (String network : NETWORKS) {
            JsonNode part = summary.path(network);
            part.fields().forEachRemaining(field -> {
                if (field.getValue().isNumber()) {
                    numbers.put(network + "." + Names.key(field.getKey()), field.getValue().asDouble());
                }
            });
            part.path("latencyMs").fields().forEachRemaining(batch -> batch.getValue().fields().forEachRemaining(
                    time -> numbers.put(network + ".latencyMs.batch-" + Names.key(batch.getKey()) + "." + Names.key(time.getKey()), time.getValue().asDouble())));
        }
        return numbers;
    }

    /** A table in Markdown. */
    List<String> table() {
        List<String> networks = NETWORKS.stream().filter(network -> summary.path(network).isObject()).toList();
        List<String> lines = new ArrayList<>();
        lines.add("| | " + String.join(" | ", networks) + " |");
        lines.add("|---|" + "--:|".repeat(networks.size()));
        row(lines, networks, "parameters", "/parameters", v -> String.format(Locale.ROOT, "%,.0f", v));
        row(lines, networks, "FLOPs per image", "/flops", v -> String.format(Locale.ROOT, "%,.0f", v));
        row(lines, networks, "bytes on disk", "/bytes", v -> String.format(Locale.ROOT, "%,.0f", v));
        row(lines, networks, "test accuracy, %", "/accuracy", v -> String.format(Locale.ROOT, "%.2f", 100 * v));
        row(lines, networks, "balanced accuracy, %", "/balancedAccuracy", v -> String.format(Locale.ROOT, "%.2f", 100 * v));
        row(lines, networks, "AUC", "/auc", v -> String.format(Locale.ROOT, "%.4f", v));
        for (String batch : List.of("1", "32")) {
            row(lines, networks, "latency, batch " + batch + ", median, ms", "/latencyMs/" + batch + "/median", v -> String.format(Locale.ROOT, "%.2f", v));
        }
        return lines;
    }

    private void row(List<String> lines, List<String> networks, String label, String at, DoubleFunction<String> text) {
        List<JsonNode> values = networks.stream().map(network -> summary.path(network).at(at)).toList();
        if (values.stream().anyMatch(JsonNode::isNumber)) {
            lines.add("| " + label + " | " + String.join(" | ", values.stream().map(v -> v.isNumber() ? text.apply(v.asDouble()) : "–").toList()) + " |");
        }
    }

    /** What went, in words; empty where that is not known. */
    String reduction() {
        if (!summary.path("achievedReduction").isNumber()) {
            return "";
        }
        String wanted = summary.path("requestedReduction").isNumber()
                ? String.format(Locale.ROOT, " (wanted %.2f %%)", 100 * summary.path("requestedReduction").asDouble())
                : "";
        return String.format(Locale.ROOT, "%.2f %% of the parameters removed, relative to the network as loaded%s.", 100 * summary.path("achievedReduction").asDouble(), wanted);
    }

    /** How the numbers came to be. */
    String caveat() {
        int reads = summary.path("testReads").asInt();
        String data = summary.path("data").asText("");
        return "The test set was read " + (reads == 1 ? "once." : reads + " times.") + (data.isBlank() || data.equals("null") ? "" : " Data: " + data + ".");
    }
}
