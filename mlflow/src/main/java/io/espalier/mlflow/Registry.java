package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Registered models. */
record Registry(Server server) {

    static final String ALIAS = "candidate";

    /**
     * Registers a logged model as a new version, if it is not one yet, and lets the alias point to it unless that points to a
     * later one already.
     *
     * @param key of the logged model, by which its version is found again
     * @param model id of the logged model
     * @return the version
     */
    String register(String name, String run, String key, String model) {
        if (!exists(name)) {
            server.post("a new registered model", "registered-models/create", Map.of("name", name, "description", "Networks pruned with Espalier."));
        }
        String version = version(name, run, key).orElseGet(() -> create(name, run, key, model));
        if (alias(name).map(Long::parseLong).filter(v -> v >= Long.parseLong(version)).isEmpty()) {
            server.post("an alias", "registered-models/alias", Map.of("name", name, "alias", ALIAS, "version", version));
        }
        return version;
    }

    private boolean exists(String name) {
        return !server.get("registered models", "registered-models/search?filter=" + Server.encoded("name = '" + name.replace("'", "''") + "'"))
                .path("registered_models").isEmpty();
    }

    private Optional<String> version(String name, String run, String key) {
        String filter = "name = '" + name.replace("'", "''") + "' and run_id = '" + run + "'";
        for (JsonNode version : server.get("versions of a model", "model-versions/search?filter=" + Server.encoded(filter)).path("model_versions")) {
            for (JsonNode tag : version.path("tags")) {
                if (tag.path("key").asText().equals(Models.TAG) && tag.path("value").asText().equals(key)) {
                    return Optional.of(version.path("version").asText());
                }
            }
        }
        return Optional.empty();
    }

    private String create(String name, String run, String key, String model) {
        JsonNode made = server.post("a new version of a model", "model-versions/create", Map.of(
                "name", name, "source", "models:/" + model, "run_id", run, "model_id", model, "tags", List.of(Map.of("key", Models.TAG, "value", key))));
        String version = made.at("/model_version/version").asText();
        if (!version.matches("\\d+")) {
            throw Words.otherServer(server.target(), "it made a version of a model without a number");
        }
        return version;
    }

    private Optional<String> alias(String name) {
        JsonNode model = server.get("a registered model", "registered-models/get?name=" + Server.encoded(name)).path("registered_model");
        for (JsonNode alias : model.path("aliases")) {
            if (alias.path("alias").asText().equals(ALIAS)) {
                return Optional.of(alias.path("version").asText());
            }
        }
        return Optional.empty();
    }
}
