package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the server holds of a run.
 *
 * @param experiment id
 * @param deleted whether the user threw it away
 * @param status RUNNING, FINISHED, FAILED or KILLED
 * @param end milliseconds since 1970; 0 while it runs
 * @param files where its artifacts are
 * @param parameters by key
 * @param tags by key
 * @param latest the point of each metric with the highest step
 * @param data names and digests of data sets
 * @param models ids of the models that it made
 */
record Held(
        String experiment, boolean deleted, String status, long end, String files, Map<String, String> parameters, Map<String, String> tags, Map<String, Point> latest,
        Set<String> data, Set<String> models) {

    static Held of(JsonNode run) {
        Map<String, Point> latest = new LinkedHashMap<>();
        run.at("/data/metrics").forEach(metric -> latest.put(metric.path("key").asText(), Point.of(metric)));
        Set<String> data = new LinkedHashSet<>();
        run.at("/inputs/dataset_inputs").forEach(input -> data.add(input.at("/dataset/name").asText() + "#" + input.at("/dataset/digest").asText()));
        Set<String> models = new LinkedHashSet<>();
        run.at("/outputs/model_outputs").forEach(output -> models.add(output.path("model_id").asText()));
        JsonNode info = run.path("info");
        return new Held(
                info.path("experiment_id").asText(), info.path("lifecycle_stage").asText().equals("deleted"), info.path("status").asText(), info.path("end_time").asLong(), info.path("artifact_uri").asText(),
                pairs(run.at("/data/params")), pairs(run.at("/data/tags")), latest, data, models);
    }

    private static Map<String, String> pairs(JsonNode list) {
        Map<String, String> pairs = new LinkedHashMap<>();
        list.forEach(pair -> pairs.put(pair.path("key").asText(), pair.path("value").asText()));
        return pairs;
    }
}
