package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.run.Journal;
import io.espalier.run.RunDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * What MLflow must hold of a run, as far as its journal was taken. The same journal gives the same values, times and steps.
 *
 * <p>Steps of metrics of training are epochs, of all others rounds of pruning, both counted along the way that a candidate
 * took: a branch goes on counting from where it began. A stage that is performed again after a kill gives the same values
 * again, so of a stage under the same key each step counts once.
 */
final class RunView {

    /** Beyond that a table of metrics helps nobody; the journal has them all. */
    private static final int MOST_CLASSES = 20;

    /** What is left of a network. */
    private record Size(double parameters, double flops, Map<String, Double> units) {

        private static final Size UNKNOWN = new Size(Double.NaN, Double.NaN, Map.of());
    }

    /**
     * Where a candidate stands.
     *
     * @param page the run in MLflow that it belongs to
     * @param epochs it was trained for
     * @param rounds it was pruned in
     * @param loaded size of the network at the beginning
     * @param now size
     * @param held size at the last guard that held
     */
    private record Standing(Page page, int epochs, int rounds, Size loaded, Size now, Size held) {

        Standing on(Page other) {
            return new Standing(other, epochs, rounds, loaded, now, held);
        }

        Standing trained() {
            return new Standing(page, epochs + 1, rounds, loaded, now, held);
        }

        Standing sized(Size size) {
            return new Standing(page, epochs, rounds, loaded.units().isEmpty() && Double.isNaN(loaded.parameters()) ? size : loaded, size, held);
        }

        Standing pruned(Size size) {
            return new Standing(page, epochs, rounds + 1, loaded, size, held);
        }

        Standing kept() {
            return new Standing(page, epochs, rounds, loaded, now, now);
        }

        Standing rolledBack() {
            return new Standing(page, epochs, rounds, loaded, held, held);
        }
    }

    private final Path directory;
    private final RunDescription description;
    private final Page main;
    private final Note note;
    private final Outputs outputs;
    private final Map<String, Page> branches = new LinkedHashMap<>();
    /** Where candidates stand, by digest. */
    private final Map<String, Standing> standings = new HashMap<>();
    /** Which places a stage of a name was performed at, by page and name: the second place is the second of its name. */
    private final Map<String, List<String>> places = new HashMap<>();
    /** Metrics and steps that a stage has given, by its key. */
    private final Map<String, Set<String>> given = new HashMap<>();
    private final Map<String, Integer> others = new HashMap<>();
    private Standing standing;
    private String stage = "";
    private String stageKey = "";
    private int position;
    /** What the stage gave when it was performed before. */
    private Set<String> before = Set.of();
    private long last;

    RunView(Path directory, RunDescription description, String key) {
        this.directory = directory;
        this.description = description;
        this.main = new Page(key, String.valueOf(directory.toAbsolutePath().normalize().getFileName()), description.started().toEpochMilli());
        this.note = new Note(description);
        this.outputs = new Outputs(directory);
        this.standing = new Standing(main, 0, 0, Size.UNKNOWN, Size.UNKNOWN, Size.UNKNOWN);
        this.last = main.start();
        describe();
    }

    private void describe() {
        main.tag("espalier.run", main.key());
        main.tag("espalier.pipeline", description.pipeline());
        main.tag("espalier.seed", Long.toString(description.seed()));
        main.tag("espalier.version", description.versions().getOrDefault("espalier", "unknown"));
        main.tag("espalier.group", group());
        main.tag("mlflow.user", description.machine().getOrDefault("user", "unknown"));
        main.tag("mlflow.source.name", description.pipeline() + ".camel.yaml");
        main.tag("mlflow.source.type", "LOCAL");
        String commit = description.versions().get("commit");
        if (commit != null) {
            main.tag("mlflow.source.git.commit", commit);
        }
        main.parameter("pipeline", description.pipeline());
        main.parameter("seed", Long.toString(description.seed()));
        main.parameter("engine", description.engine());
        description.parameters().forEach((name, value) -> main.parameter(Names.key("p." + name), value));
        main.file("pipeline/" + description.pipeline() + ".camel.yaml", Content.Made.of(description.text()));
        main.tag("mlflow.note.content", note.text());
    }

    /** The same for runs that differ in their seed alone. */
    private String group() {
        String all = description.pipeline() + "\n" + description.text() + "\n" + description.parameters() + "\n" + description.engine();
        return Names.digest(all.getBytes(java.nio.charset.StandardCharsets.UTF_8)).substring(0, 16);
    }

    RunDescription description() {
        return description;
    }

    /** The run itself, then its branches. */
    List<Page> pages() {
        List<Page> pages = new ArrayList<>(List.of(main));
        pages.addAll(branches.values());
        return pages;
    }

    Page main() {
        return main;
    }

    /** When the last event was. */
    long last() {
        return last;
    }

    void take(Journal.Event event) {
        long time = event.time().toEpochMilli();
        last = time;
        JsonNode details = event.details();
        switch (event.type()) {
            case "run-started" -> {}
            case "run-resumed" -> resumed();
            case "stage-started" -> started(details, time);
            case "stage-reused" -> finished(details, time, true);
            case "stage-finished" -> finished(details, time, false);
            case "stage-failed", "stage-interrupted", "stage-changed", "stage-again", "journal-cut", "test-read", "unreadable" -> {}
            case "data" -> data(details);
            case "network" -> network(details, time);
            case "ranks" -> ranks(details, time);
            case "epoch" -> epoch(details, time);
            case "metrics" -> metrics(details, time);
            case "scores" -> scores(details, time);
            case "plan" -> plan(details);
            case "pruned" -> pruned(details, time);
            case "guard" -> guard(details, time);
            case "run-finished" -> ended("FINISHED", details, time);
            case "run-failed" -> ended("FAILED", details, time);
            case "run-interrupted" -> ended("KILLED", details, time);
            default -> other(event.type(), details, time);
        }
    }

    private void resumed() {
        pages().forEach(Page::goesOn);
        standing = new Standing(main, 0, 0, Size.UNKNOWN, Size.UNKNOWN, Size.UNKNOWN);
    }

    private void started(JsonNode details, long time) {
        String input = details.path("input").asText();
        Standing from = standings.getOrDefault(input, standing);
        String branch = details.path("branch").asText();
        standing = from.on(branch.isEmpty() ? main : branch(branch, input, from, time));
        leave(standing.page(), time);
        stage = details.path("stage").asText();
        stageKey = standing.page().key() + " " + details.path("key").asText();
        position = details.path("position").asInt();
        before = Set.copyOf(given.getOrDefault(stageKey, Set.of()));
        options(details);
        if (standing.page() == main && from.page() != main) {
            // The main line goes on with what a branch made of the network.
            size(time);
        }
    }

    /** A branch goes on where its own candidate is; from one of the main line it begins. */
    private Page branch(String name, String input, Standing from, long time) {
        if (from.page() != main && from.page().tags().get("espalier.branch").equals(name)) {
            return from.page();
        }
        return branches.computeIfAbsent(input + " " + name, k -> {
            long namesakes = branches.values().stream().filter(b -> b.tags().get("espalier.branch").equals(name)).count();
            String shown = namesakes == 0 ? name : name + " #" + (namesakes + 1);
            Page page = new Page(main.key() + "/" + shown, main.name() + " " + shown, time);
            page.tag("espalier.run", page.key());
            page.tag("espalier.branch", name);
            page.tag("espalier.pipeline", description.pipeline());
            page.tag("mlflow.user", main.tags().get("mlflow.user"));
            page.tag("mlflow.source.name", main.tags().get("mlflow.source.name"));
            page.tag("mlflow.source.type", "LOCAL");
            page.parameter("branch", name);
            return page;
        });
    }

    /** Branches go one after another: when the next begins, those before it have ended. */
    private void leave(Page next, long time) {
        branches.values().stream().filter(b -> b != next && b.ending().isEmpty()).forEach(b -> b.ends(new Ending("FINISHED", time)));
    }

    private void options(JsonNode details) {
        Page page = standing.page();
        List<String> at = places.computeIfAbsent(page.key() + " " + stage, k -> new ArrayList<>());
        String place = details.path("place").asText();
        if (!at.contains(place)) {
            at.add(place);
        }
        int number = at.indexOf(place) + 1;
        String prefix = number == 1 ? stage : stage + "-" + number;
        details.path("options").fields().forEachRemaining(option -> page.parameter(Names.key(prefix + "." + option.getKey()), option.getValue().asText()));
    }

    private void finished(JsonNode details, long time, boolean reused) {
        if (!reused) {
            point("seconds/" + Names.key(stage), position, details.path("seconds").asDouble(), time);
            outputs.take(details, standing.page(), standing.rounds());
            standings.put(details.path("candidate").asText(), standing);
        } else {
            // What it was when it was made: the inner events are not journaled again.
            standing = standings.getOrDefault(details.path("candidate").asText(), standing).on(standing.page());
        }
        stageKey = "";
    }

    private void point(String key, long step, double value, long time) {
        String once = key + " " + step;
        if (!stageKey.isEmpty()) {
            if (before.contains(once)) {
                return;
            }
            given.computeIfAbsent(stageKey, k -> new HashSet<>()).add(once);
        }
        standing.page().point(new Point(key, time, step, value));
    }

    /** Where a number is. JSON has no NaN of its own; Jackson writes it as text. */
    private void number(String key, long step, JsonNode value, long time) {
        if (value.isNumber() || value.isTextual() && value.asText().matches("NaN|-?Infinity")) {
            point(key, step, value.isNumber() ? value.asDouble() : Double.parseDouble(value.asText()), time);
        }
    }

    private void data(JsonNode details) {
        String source = details.path("source").asText();
        String digest = details.path("digest").asText();
        String name = source.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
        standing.page().data(new Page.Data(
                name.isEmpty() ? "data" : name,
                digest.substring(0, Math.min(digest.length(), Names.LONGEST_DIGEST)),
                Json.text(Map.of("path", source)),
                Json.text(Map.of("classes", details.path("classes"))),
                Json.text(Map.of(
                        "train", details.path("train").asLong(), "validation", details.path("validation").asLong(), "test", details.path("test").asLong(),
                        "sha256", digest, "format", details.path("format").asText(), "note", details.path("note").asText()))));
        standing.page().tag("espalier.data", digest);
        note.data(name, details);
        main.tag("mlflow.note.content", note.text());
    }

    private void network(JsonNode details, long time) {
        standing = standing.sized(new Size(details.path("parameters").asDouble(), details.path("flops").asDouble(), Map.of()));
        size(time);
        note.network(details);
        main.tag("mlflow.note.content", note.text());
    }

    private void size(long time) {
        int round = standing.rounds();
        point("pruning.round", round, round, time);
        point("parameters.remaining", round, standing.now().parameters(), time);
        point("flops.remaining", round, standing.now().flops(), time);
        if (!Double.isNaN(standing.loaded().parameters())) {
            point("reduction.parameters", round, 1 - standing.now().parameters() / standing.loaded().parameters(), time);
            point("reduction.flops", round, 1 - standing.now().flops() / standing.loaded().flops(), time);
        }
        standing.now().units().forEach((key, left) -> point(key, round, left, time));
    }

    private void ranks(JsonNode details, long time) {
        Map<String, Double> units = new LinkedHashMap<>();
        details.fields().forEachRemaining(rank -> units.put(Names.key("rank", rank.getKey()), rank.getValue().asDouble()));
        standing = standing.sized(new Size(standing.now().parameters(), standing.now().flops(), units));
        units.forEach((key, rank) -> point(key, standing.rounds(), rank, time));
    }

    private void epoch(JsonNode details, long time) {
        standing = standing.trained();
        int epoch = standing.epochs();
        number("epoch/loss.train", epoch, details.path("loss"), time);
        number("epoch/learningRate", epoch, details.path("learningRate"), time);
        number("epoch/imagesPerSecond", epoch, details.path("imagesPerSecond"), time);
        details.path("validation").fields().forEachRemaining(m -> number("epoch/" + Names.key(m.getKey()) + ".validation", epoch, m.getValue(), time));
    }

    private void metrics(JsonNode details, long time) {
        String name = details.path("name").asText();
        details.path("metrics").fields().forEachRemaining(metric -> {
            JsonNode value = metric.getValue();
            number(Names.key(metric.getKey() + "." + name), standing.rounds(), value, time);
            for (int c = 0; value.isArray() && value.size() <= MOST_CLASSES && c < value.size(); c++) {
                number(Names.key(metric.getKey(), name + "." + c), standing.rounds(), value.get(c), time);
            }
        });
    }

    /** What a round is decided by: all scores in a file, and of each layer where they lie. */
    private void scores(JsonNode details, long time) {
        standing.page().file(ofRound("scores"), new Content.Made(Json.pretty(details)));
        details.path("scores").fields().forEachRemaining(layer -> {
            DoubleSummaryStatistics scores = StreamSupport.stream(layer.getValue().spliterator(), false).mapToDouble(JsonNode::asDouble).summaryStatistics();
            if (scores.getCount() > 0) {
                int round = standing.rounds() + 1;
                point(Names.key("score.min", layer.getKey()), round, scores.getMin(), time);
                point(Names.key("score.mean", layer.getKey()), round, scores.getAverage(), time);
                point(Names.key("score.max", layer.getKey()), round, scores.getMax(), time);
            }
        });
    }

    /** A file of the round that is being decided. */
    private String ofRound(String folder) {
        return String.format(Locale.ROOT, "%s/round-%02d.json", folder, standing.rounds() + 1);
    }

    private void plan(JsonNode details) {
        standing.page().file(ofRound("plans"), new Content.Made(Json.pretty(details)));
    }

    private void pruned(JsonNode details, long time) {
        String kind = details.path("units").asText().contains("channel") ? "channels" : "rank";
        Map<String, Double> units = new LinkedHashMap<>();
        details.path("left").fields().forEachRemaining(left -> units.put(Names.key(kind, left.getKey()), left.getValue().asDouble()));
        standing = standing.pruned(new Size(details.path("parameters").asDouble(), details.path("flops").asDouble(), units));
        number("units.removed", standing.rounds(), details.path("removed"), time);
        size(time);
    }

    private void guard(JsonNode details, long time) {
        boolean held = details.path("held").asBoolean();
        point("guard.held", standing.rounds(), held ? 1 : 0, time);
        if (held) {
            standing = standing.kept();
        } else if (details.path("next").asText("done").equals("done") && !Double.isNaN(standing.held().parameters())) {
            standing = standing.rolledBack();
            // A second value of the same round, later, and so the one that MLflow shows as the last.
            size(time);
        }
    }

    /** Numbers that a stage of somebody else's journals. */
    private void other(String type, JsonNode details, long time) {
        int step = others.merge(standing.page().key() + " " + type, 1, Integer::sum);
        details.fields().forEachRemaining(field -> number(Names.key(type, field.getKey()), step, field.getValue(), time));
    }

    private void ended(String status, JsonNode details, long time) {
        stageKey = "";
        branches.values().stream().filter(b -> b.ending().isEmpty()).forEach(b -> b.ends(new Ending(status, time)));
        standing = standing.on(main);
        if (status.equals("FINISHED")) {
            for (String field : List.of("requestedReduction", "achievedReduction", "testReads")) {
                number("result/" + field, 0, details.path(field), time);
            }
            Result.read(directory).ifPresent(result -> {
                result.numbers().forEach((key, value) -> point("result/" + key, 0, value, time));
                note.result(result);
            });
        } else {
            note.ended(status, details.path("reason").asText());
        }
        main.tag("mlflow.note.content", note.text());
        outputs.close(main, pages());
        main.ends(new Ending(status, time));
    }

    /** For a run whose process is gone without a word. */
    void broken() {
        if (main.ending().isEmpty()) {
            ended("KILLED", Json.MAPPER.createObjectNode().put("reason", "its process was killed"), last);
        }
    }
}
