package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts runs that differ in their seed alone below one parent, whose metrics are their mean and standard deviation.
 *
 * @param view of one that has ended
 */
record Seeds(Server server, String experiment, RunView view) {

    private static final String GROUP = "espalier.group";
    private static final String PARENT = "espalier.seeds-of";
    private static final List<String> COMPARED = List.of(
            "result/pruned.accuracy", "result/pruned.balancedAccuracy", "result/achievedReduction", "result/pruned.parameters", "result/pruned.flops");

    /** Of one run there is nothing to repeat; from the second seed on there is a parent. */
    void group() {
        String group = view.main().tags().get(GROUP);
        Map<Long, JsonNode> seeds = new TreeMap<>();
        for (JsonNode found : server.tagged(experiment, GROUP, group)) {
            if (found.at("/info/lifecycle_stage").asText().equals("active") && found.at("/info/status").asText().equals("FINISHED")) {
                String seed = Held.of(found).tags().getOrDefault("espalier.seed", "");
                if (seed.matches("-?\\d+")) {
                    seeds.put(Long.parseLong(seed), found);
                }
            }
        }
        if (seeds.size() < 2) {
            return;
        }
        String parent = parent(group, seeds);
        for (JsonNode seed : seeds.values()) {
            Held held = Held.of(seed);
            if (!parent.equals(held.tags().get("mlflow.parentRunId"))) {
                server.send(seed.at("/info/run_id").asText(), List.of(), Map.of(), Map.of("mlflow.parentRunId", parent));
            }
        }
        compare(parent, seeds);
    }

    /** Two processes may make one at the same time: the oldest counts. */
    private String parent(String group, Map<Long, JsonNode> seeds) {
        List<String> parents = parents(group);
        if (!parents.isEmpty()) {
            return parents.get(0);
        }
        long start = seeds.values().stream().mapToLong(s -> s.at("/info/start_time").asLong()).min().orElse(view.main().start());
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(PARENT, group);
        tags.put("espalier.pipeline", view.description().pipeline());
        tags.put("mlflow.user", view.main().tags().get("mlflow.user"));
        server.create(experiment, view.description().pipeline() + " over seeds", start, tags);
        return parents(group).get(0);
    }

    private List<String> parents(String group) {
        return server.tagged(experiment, PARENT, group).stream()
                .filter(found -> found.at("/info/lifecycle_stage").asText().equals("active"))
                .map(found -> found.at("/info/run_id").asText())
                .toList();
    }

    /** The step is the number of seeds, so the latest value is that of all. */
    private void compare(String parent, Map<Long, JsonNode> seeds) {
        Held held = server.read(parent);
        long end = seeds.values().stream().mapToLong(s -> s.at("/info/end_time").asLong()).max().orElse(view.last());
        List<Point> points = new ArrayList<>();
        points.add(new Point("seeds", end, seeds.size(), seeds.size()));
        for (String key : COMPARED) {
            double[] values = seeds.values().stream().map(Held::of).filter(s -> s.latest().containsKey(key)).mapToDouble(s -> s.latest().get(key).value()).toArray();
            if (values.length == seeds.size()) {
                double mean = Arrays.stream(values).average().orElseThrow();
                double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
                points.add(new Point(key + ".mean", end, seeds.size(), mean));
                points.add(new Point(key + ".deviation", end, seeds.size(), Math.sqrt(squares / (values.length - 1))));
            }
        }
        points.removeIf(point -> point.equals(held.latest().get(point.key())));
        String note = String.format(Locale.ROOT, "Pipeline `%s` with the seeds %s: mean and standard deviation of the sample.", view.description().pipeline(), seeds.keySet());
        Map<String, String> tags = note.equals(held.tags().get("mlflow.note.content")) ? Map.of() : Map.of("mlflow.note.content", note);
        if (!points.isEmpty() || !tags.isEmpty()) {
            server.send(parent, points, Map.of(), tags);
            server.end(parent, new Ending("FINISHED", end));
        }
    }
}
