package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Logged models of a run.
 *
 * @param key of the run
 */
record Models(Server server, String experiment, String run, String key) {

    static final String TAG = "espalier.model";

    private static final String CARD = ".json";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    /**
     * Makes a model of exported files, if the server does not have it.
     *
     * @param known its id, if it was finished before; or null
     * @param finished is told the id once all of it was read back
     */
    void send(Page.Model model, String known, Consumer<String> finished) {
        JsonNode found = find(model.name());
        String id = found.path("model_id").asText();
        if (!id.isEmpty() && id.equals(known) && found.path("status").asText().equals("LOGGED_MODEL_READY") && isOutput(id)) {
            return;
        }
        if (id.isEmpty()) {
            found = create(model);
            id = found.path("model_id").asText();
        }
        files(model, found, id);
        server.patch("a model", "logged-models/" + id, Map.of("model_id", id, "status", "LOGGED_MODEL_READY"));
        if (!isOutput(id)) {
            server.post("a model of a run", "runs/outputs", Map.of("run_id", run, "models", List.of(Map.of("model_id", id, "step", model.step()))));
        }
        if (!isOutput(id) || !find(model.name()).path("status").asText().equals("LOGGED_MODEL_READY")) {
            throw new Trouble(Trouble.Kind.LOST, "MLflow at " + server.target().uri() + " does not hold the model " + model.name() + " that it took\n    it is sent again");
        }
        finished.accept(id);
    }

    private boolean isOutput(String id) {
        return server.read(run).models().contains(id);
    }

    private JsonNode find(String name) {
        Map<String, Object> wanted = Map.of("experiment_ids", List.of(experiment), "filter", "source_run_id = '" + run + "'");
        for (JsonNode model : server.post("a search for models", "logged-models/search", wanted).path("models")) {
            for (JsonNode tag : model.at("/info/tags")) {
                if (tag.path("key").asText().equals(TAG) && tag.path("value").asText().equals(key + "/" + name)) {
                    return model.path("info");
                }
            }
        }
        return Json.MAPPER.createObjectNode();
    }

    private JsonNode create(Page.Model model) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("experiment_id", experiment);
        wanted.put("name", model.name());
        wanted.put("source_run_id", run);
        wanted.put("model_type", "image-classifier");
        wanted.put("params", model.parameters().entrySet().stream().map(p -> Map.of("key", p.getKey(), "value", p.getValue())).toList());
        wanted.put("tags", List.of(Map.of("key", TAG, "value", key + "/" + model.name())));
        JsonNode made = server.post("a new model", "logged-models", wanted).at("/model/info");
        if (made.path("model_id").asText().isEmpty()) {
            throw Words.otherServer(server.target(), "it made a new model without an id");
        }
        return made;
    }

    private void files(Page.Model model, JsonNode info, String id) {
        Artifacts artifacts = Artifacts.at(info.path("artifact_uri").asText(), server.web()).orElseThrow(() -> new Trouble(
                Trouble.Kind.REFUSED, "MLflow at " + server.target().uri() + " does not keep the files of models itself (" + info.path("artifact_uri").asText()
                        + ")\n    start the server with --artifacts-destination and make a new experiment"));
        model.files().forEach((path, content) -> artifacts.send(Names.file(path), content));
        artifacts.send("MLmodel", Content.Made.of(description(model, id, info.path("creation_timestamp_ms").asLong())));
    }

    /** What MLflow's tools look for in the folder of a model: which files are what. YAML, every text quoted as JSON is. */
    private String description(Page.Model model, String id, long created) {
        StringBuilder text = new StringBuilder("flavors:\n");
        Set<String> files = new TreeSet<>(model.files().keySet());
        files.stream().filter(file -> !file.equals(model.name() + CARD)).forEach(file -> {
            String format = file.endsWith(".onnx") ? "onnx" : file.endsWith(".zip") ? "dl4j" : file.substring(file.lastIndexOf('.') + 1);
            text.append("  espalier-").append(Names.key(format)).append(":\n    data: ").append(Json.text(Names.file(file)))
                    .append("\n    card: ").append(Json.text(model.name() + CARD)).append('\n');
        });
        return text.append("model_id: ").append(id)
                .append("\nmodel_uuid: ").append(id.replaceFirst("^m-", ""))
                .append("\nrun_id: ").append(run)
                .append("\nutc_time_created: '").append(TIME.format(Instant.ofEpochMilli(created))).append("'\n")
                .toString();
    }
}
