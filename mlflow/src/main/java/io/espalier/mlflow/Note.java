package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.run.RunDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The description of a run in MLflow's pages, as Markdown. */
final class Note {

    private final RunDescription description;
    private String data = "";
    private String network = "";
    private final List<String> end = new ArrayList<>();

    Note(RunDescription description) {
        this.description = description;
    }

    void data(String name, JsonNode details) {
        data = String.format(Locale.ROOT, "Data `%s`: %,d training, %,d validation, %,d test images in %d classes.%s",
                name, details.path("train").asLong(), details.path("validation").asLong(), details.path("test").asLong(), details.path("classes").size(),
                details.path("note").asText().isEmpty() ? "" : " " + details.path("note").asText());
    }

    void network(JsonNode details) {
        network = String.format(Locale.ROOT, "Network as loaded: %,d parameters, %,d FLOPs an image.", details.path("parameters").asLong(), details.path("flops").asLong());
    }

    void result(Result result) {
        end.clear();
        end.addAll(result.table());
        end.add("");
        if (!result.reduction().isEmpty()) {
            end.add(result.reduction());
        }
        end.add(result.caveat());
    }

    void ended(String status, String reason) {
        end.clear();
        end.add((status.equals("FAILED") ? "It failed: " : "It was stopped: ") + reason.lines().findFirst().orElse(""));
    }

    String text() {
        List<String> lines = new ArrayList<>();
        lines.add("Pipeline `" + description.pipeline() + "`, seed " + description.seed() + ", engine " + description.engine() + ", Espalier "
                + description.versions().getOrDefault("espalier", "of an unknown version") + ".");
        for (String line : List.of(data, network)) {
            if (!line.isEmpty()) {
                lines.add("");
                lines.add(line);
            }
        }
        if (!end.isEmpty()) {
            lines.add("");
            lines.addAll(end);
        }
        lines.add("");
        lines.add("On " + description.machine().getOrDefault("processor", "an unknown processor") + ", " + description.machine().getOrDefault("cores", "?")
                + " cores, " + description.machine().getOrDefault("os", "") + ".");
        return String.join("\n", lines);
    }
}
