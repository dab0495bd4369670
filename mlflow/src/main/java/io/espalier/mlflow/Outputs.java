package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Files of a run that MLflow is to hold: what stages wrote, and the run's own. */
final class Outputs {

    private static final String CARD = ".json";
    private static final long LARGEST_CARD = 10_000_000;
    private static final List<String> OWN = List.of("run.json", "journal.jsonl", Result.FILE);

    private final Path directory;

    Outputs(Path directory) {
        this.directory = directory;
    }

    /** Files that a stage wrote; those that belong to a model card are a model. */
    void take(JsonNode finished, Page page, int round) {
        Map<String, Content> written = new LinkedHashMap<>();
        finished.path("artifacts").forEach(artifact -> {
            String path = artifact.path("path").asText();
            Path file = directory.resolve("artifacts").resolve(path);
            written.put(path, new Content.OnDisk(file, artifact.path("digest").asText()));
        });
        written.forEach((path, content) -> {
            page.file("exported/" + path, content);
            card(path, content).ifPresent(card -> page.model(model(path, card, written, round)));
        });
    }

    private static Optional<JsonNode> card(String path, Content content) {
        if (!path.endsWith(CARD) || !(content instanceof Content.OnDisk disk) || !disk.isThere() || disk.size() > LARGEST_CARD) {
            return Optional.empty();
        }
        try {
            JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(disk.file()));
            return Optional.ofNullable(json).filter(node -> node.path("format").asText().equals("espalier-model-card"));
        } catch (IOException e) {
            // Some other file of a plugin's: it is sent as it is.
            return Optional.empty();
        }
    }

    private static Page.Model model(String cardPath, JsonNode card, Map<String, Content> written, int round) {
        String stem = cardPath.substring(0, cardPath.length() - CARD.length());
        Map<String, Content> files = new LinkedHashMap<>();
        written.forEach((path, content) -> {
            if (path.startsWith(stem + ".")) {
                files.put(path.substring(path.lastIndexOf('/') + 1), content);
            }
        });
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String field : List.of("parameters", "flops", "digest")) {
            parameters.put(field, card.path(field).asText());
        }
        return new Page.Model(stem.substring(stem.lastIndexOf('/') + 1), files, parameters, round);
    }

    /** What there is when a run has ended. */
    void close(Page main, List<Page> pages) {
        for (String name : OWN) {
            Path file = directory.resolve(name);
            if (Files.isRegularFile(file)) {
                Content.OnDisk now = new Content.OnDisk(file, "");
                main.file("run/" + name, new Content.OnDisk(file, Long.toString(now.size())));
            }
        }
        Plots.of(pages).forEach((name, image) -> main.file("plots/" + name, image));
    }
}
