package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Runs sent to MLflow's own server, and read back by its own Python client. */
class SyncTest {

    @TempDir
    private Path runs;

    private final List<String> said = new ArrayList<>();

    private boolean sync(String experiment, String register, Path... which) {
        return sync(RealServer.uri(), experiment, register, which);
    }

    private boolean sync(String uri, String experiment, String register, Path... which) {
        Optional<String> name = register.isEmpty() ? Optional.empty() : Optional.of(register);
        return new Sync(Optional.of(RealServer.target(uri)), Map.of(), Optional.of(experiment), name, said::add).send(List.of(which));
    }

    private static JsonNode read(Path run) {
        Position position = Position.read(run).orElseThrow();
        String key = new Content.OnDisk(run.resolve("run.json"), "").digest();
        return RealServer.read(RealServer.uri(), position.runs().get(key));
    }

    private static List<List<Double>> points(JsonNode run, String metric) {
        List<List<Double>> points = new ArrayList<>();
        run.at("/metrics").path(metric).forEach(p -> points.add(List.of(p.get(0).asDouble(), p.get(1).asDouble(), p.get(2).asDouble(Double.NaN))));
        return points;
    }

    private static List<Double> values(JsonNode run, String metric) {
        return points(run, metric).stream().map(p -> p.get(2)).toList();
    }

    private static List<Integer> steps(JsonNode run, String metric) {
        return points(run, metric).stream().map(p -> p.get(1).intValue()).toList();
    }

    @Test
    void aRunDoneOfflineIsWholeInMlflow(TestInfo test) {
        Path run = TestRun.whole(runs, "20260504-100000-basis-scaling", 1).directory();
        assertThat(sync(test.getDisplayName(), "small-digits", run)).as(said.toString()).isTrue();
        JsonNode all = read(run);
        JsonNode found = all.path("run");
        assertThat(found.path("name").asText()).isEqualTo("20260504-100000-basis-scaling");
        assertThat(found.path("status").asText()).isEqualTo("FINISHED");
        assertThat(found.path("start").asLong()).as("the original time").isEqualTo(1777888800123L + 1_000_000);
        assertThat(found.path("end").asLong()).isGreaterThan(found.path("start").asLong()).isLessThan(found.path("start").asLong() + 60_000);

        assertThat(values(found, "parameters.remaining")).containsExactly(1000.0, 800.0, 600.0);
        assertThat(steps(found, "parameters.remaining")).containsExactly(0, 1, 2);
        assertThat(values(found, "reduction.parameters")).containsExactly(0.0, 1 - 0.8, 0.4);
        assertThat(values(found, "rank/conv2")).containsExactly(32.0, 28.0, 20.0);
        assertThat(values(found, "pruning.round")).containsExactly(0.0, 1.0, 2.0);
        assertThat(values(found, "score.min/conv1")).containsExactly(-0.25, -0.25);
        assertThat(values(found, "score.mean/conv1")).containsExactly(0.75, 0.75);
        assertThat(values(found, "score.max/conv2")).as("what a round was decided by").containsExactly(28.0, 20.0);
        assertThat(steps(found, "score.max/conv2")).as("the round that it decided").containsExactly(1, 2);
        assertThat(values(found, "accuracy.validation")).containsExactly(0.94, 0.92);
        assertThat(steps(found, "accuracy.validation")).containsExactly(1, 2);
        assertThat(values(found, "auc.validation")).as("NaN stays NaN").allMatch(v -> v.isNaN()).hasSize(2);
        assertThat(steps(found, "epoch/loss.train")).as("epochs are counted through").containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(values(found, "epoch/imagesPerSecond")).contains(301.0, 302.0, 303.0);
        assertThat(points(found, "epoch/learningRate").get(0).get(0)).as("when the epoch ended, not when it was sent").isBetween(1777889800000.0, 1777889802000.0);
        assertThat(values(found, "recall/test.1")).containsExactly(1.0);
        assertThat(values(found, "result/pruned.accuracy")).containsExactly(0.91);
        assertThat(values(found, "result/pruned.latencyMs.batch-1.p95")).containsExactly(2.5);

        assertThat(found.at("/params/seed").asText()).isEqualTo("1");
        assertThat(found.at("/params/p.fraction").asText()).isEqualTo("0.2");
        assertThat(found.at("/params/threshold.criterion").asText()).isEqualTo("basis-taylor");
        assertThat(found.at("/params/load.size").asText()).as("defaults too").isEqualTo("auto");
        JsonNode tags = found.path("tags");
        assertThat(tags.path("mlflow.user").asText()).isEqualTo("ada");
        assertThat(tags.path("mlflow.source.name").asText()).isEqualTo("basis-scaling.camel.yaml");
        assertThat(tags.path("mlflow.source.git.commit").asText()).isEqualTo("0123456789abcdef0123456789abcdef01234567");
        assertThat(tags.path("mlflow.note.content").asText()).contains("| parameters | 600 | 600 |", "| test accuracy, % | 91.00 |", "40.00 % of the parameters removed");

        assertThat(found.at("/data/0/name").asText()).isEqualTo("mnist-small");
        assertThat(found.at("/data/0/digest").asText()).isEqualTo("ab".repeat(18));
        assertThat(found.at("/data/0/profile").asText()).contains("ab".repeat(32), "\"train\":2000");
        assertThat(found.at("/data/0/tags/mlflow.data.context").asText()).isEqualTo("training");

        JsonNode files = found.path("files");
        for (String name : List.of("run/run.json", "run/journal.jsonl", "run/summary.json")) {
            assertThat(files.path(name).asText()).as(name).isEqualTo(new Content.OnDisk(run.resolve(name.substring(4)), "").digest());
        }
        assertThat(files.path("exported/pruned.zip").asText()).isEqualTo(Names.digest(new byte[] {1, 2, 3, 4}));
        assertThat(files.path("pipeline/basis-scaling.camel.yaml").asText()).isEqualTo(Content.Made.of("- route:\n    id: basis-scaling\n").digest());
        assertThat(StreamSupport.stream(((Iterable<String>) files::fieldNames).spliterator(), false))
                .contains("plans/round-01.json", "plans/round-02.json", "scores/round-01.json", "scores/round-02.json", "plots/accuracy-by-reduction.png", "plots/ranks.png", "plots/loss.png");

        JsonNode model = found.at("/models/0");
        assertThat(model.path("name").asText()).isEqualTo("pruned");
        assertThat(model.path("status").asText()).isEqualTo("READY");
        assertThat(model.at("/params/parameters").asText()).isEqualTo("600");
        assertThat(model.at("/files/pruned.zip").asText()).isEqualTo(Names.digest(new byte[] {1, 2, 3, 4}));
        assertThat(model.at("/files").has("MLmodel")).isTrue();
        assertThat(all.at("/versions/0/name").asText()).isEqualTo("small-digits");
        assertThat(all.at("/versions/0/source").asText()).isEqualTo("models:/" + model.path("id").asText());
        assertThat(all.at("/versions/0/aliases/0").asText()).isEqualTo("candidate");
    }

    @Test
    void sentTwiceNothingIsThereTwice(TestInfo test) throws Exception {
        Path run = TestRun.whole(runs, "a", 2).directory();
        assertThat(sync(test.getDisplayName(), "twice", run)).isTrue();
        JsonNode first = read(run);
        said.clear();
        assertThat(sync(test.getDisplayName(), "twice", run)).isTrue();
        assertThat(said).anyMatch(line -> line.contains("nothing was missing"));
        // What was known is gone: only the server can tell what it holds.
        Files.delete(run.resolve(Position.FILE));
        assertThat(sync(test.getDisplayName(), "twice", run)).isTrue();
        JsonNode again = read(run);
        assertThat(again.path("run")).isEqualTo(first.path("run"));
        assertThat(again.path("versions")).isEqualTo(first.path("versions"));
        assertThat(again.path("runs").asInt()).isOne();
        assertThat(again.path("logged_models").asInt()).isOne();
    }

    @Test
    void aMovedRunDirectoryIsTheSameRun(TestInfo test) throws Exception {
        Path run = TestRun.whole(runs, "here", 3).directory();
        assertThat(sync(test.getDisplayName(), "", run)).isTrue();
        Path there = Files.move(run, runs.resolve("there"));
        Files.delete(there.resolve(Position.FILE));
        assertThat(sync(test.getDisplayName(), "", there)).isTrue();
        assertThat(read(there).path("runs").asInt()).isOne();
    }

    @Test
    void branchesAreNestedRunsThatCompareByTheSameKeys(TestInfo test) {
        TestRun run = TestRun.begin(runs, "branches", 4).load().decompose().epochs(2);
        String fork = "train-scalings-3";
        for (String branch : List.of("taylor", "random")) {
            int left = branch.equals("taylor") ? 700 : 900;
            run.stage("threshold", Map.of("criterion", branch), branch, fork, branch + "-1", () -> run.pruned(left, 9, 9));
            run.stage("evaluate", Map.of("split", "validation"), branch, branch + "-1", branch + "-2", () -> run.measured("validation", left / 1000.0));
        }
        run.stage("fold", Map.of(), "", "taylor-2", "folded", () -> {});
        Path directory = run.export().finish(0.9).directory();
        assertThat(sync(test.getDisplayName(), "", directory)).as(said.toString()).isTrue();
        JsonNode all = read(directory);
        JsonNode taylor = all.at("/children").path("branches taylor");
        JsonNode random = all.at("/children").path("branches random");
        assertThat(taylor.at("/params/threshold.criterion").asText()).isEqualTo("taylor");
        assertThat(random.at("/params/threshold.criterion").asText()).isEqualTo("random");
        assertThat(values(taylor, "parameters.remaining")).containsExactly(700.0);
        assertThat(values(random, "accuracy.validation")).containsExactly(0.9);
        assertThat(random.path("status").asText()).isEqualTo("FINISHED");
        assertThat(taylor.path("files").has("plans/round-01.json")).isTrue();
        assertThat(values(all.path("run"), "parameters.remaining")).as("the main line goes on with the branch that was best").containsExactly(1000.0, 700.0);
        assertThat(all.at("/run/params").has("threshold.criterion")).as("what branches did is theirs").isFalse();
    }

    @Test
    void repeatedSeedsHaveAParentWithMeanAndDeviation(TestInfo test) {
        Path one = TestRun.whole(runs, "one", 1).directory();
        TestRun second = TestRun.begin(runs, "two", 2).load().export().finish(0.95);
        TestRun other = TestRun.begin(runs, "other", 3, Map.of("fraction", "0.3")).load().export().finish(0.5);
        assertThat(sync(test.getDisplayName(), "", one, second.directory(), other.directory())).as(said.toString()).isTrue();
        String parent = read(one).at("/run/tags/mlflow.parentRunId").asText();
        JsonNode all = RealServer.read(RealServer.uri(), parent);
        assertThat(all.path("children").size()).as("another fraction is no repetition").isEqualTo(2);
        assertThat(all.at("/run/name").asText()).isEqualTo("basis-scaling over seeds");
        assertThat(values(all.path("run"), "result/pruned.accuracy.mean").get(0)).isCloseTo(0.93, Offset.offset(1e-12));
        assertThat(values(all.path("run"), "result/pruned.accuracy.deviation").get(0)).isCloseTo(0.02 * Math.sqrt(2), Offset.offset(1e-12));
        assertThat(all.at("/run/status").asText()).isEqualTo("FINISHED");
    }

    @Test
    void whatTheServerWouldRefuseIsNamedSoThatItTakesIt(TestInfo test) {
        String longText = "x".repeat(5990) + "ü".repeat(100);
        TestRun run = TestRun.begin(runs, "odd", 5, Map.of("odd = @ % ( ) , \\ ../ //", "1", "p".repeat(300), "2"));
        run.stage("load", Map.of("model", longText, "empty", "", "many\nlines", "a\nb"), () -> run.event("network", Map.of("parameters", 10, "flops", 20)));
        run.stage("decompose", Map.of(), () -> run.event("ranks", Map.of("/layer1/Conv:0", 3, "layer1.Conv:0", 4, "a/../b", 5, "convolução", 6, "..", 7)));
        run.stage("measure", Map.of(), () -> run.event("other plugin's (event)", Map.of(
                "infinite", Double.POSITIVE_INFINITY, "below", Double.NEGATIVE_INFINITY, "nothing", Double.NaN, "text", "no number", "zero", -0.0)));
        run.write("odd name?#%.txt", new byte[] {7});
        run.write("deep/er/ü.bin", new byte[] {8});
        run.stage("write", Map.of(), () -> {}, "odd name?#%.txt", "deep/er/ü.bin");
        assertThat(sync(test.getDisplayName(), "", run.finish(0.5).directory())).as(said.toString()).isTrue();
        JsonNode found = read(run.directory()).path("run");
        assertThat(found.at("/params/load.model").asText()).hasSize(6000).endsWith("… (whole in parameters/load.model.txt)");
        assertThat(found.path("files").path("parameters/load.model.txt").asText()).isEqualTo(Content.Made.of(longText).digest());
        assertThat(found.at("/params/load.empty").asText()).isEqualTo("-");
        List<String> ranks = new ArrayList<>();
        found.path("metrics").fieldNames().forEachRemaining(key -> ranks.addAll(key.startsWith("rank/") ? List.of(key) : List.of()));
        assertThat(ranks).as("five layers stay five: %s", ranks).hasSize(5).contains("rank/layer1.Conv:0");
        assertThat(StreamSupport.stream(((Iterable<String>) found.path("params")::fieldNames).spliterator(), false).filter(key -> key.startsWith("p."))).hasSize(2);
        String event = "other plugin's (event)";
        assertThat(values(found, Names.key(event, "infinite"))).containsExactly(Double.MAX_VALUE);
        assertThat(values(found, Names.key(event, "below"))).containsExactly(-Double.MAX_VALUE);
        assertThat(values(found, Names.key(event, "nothing"))).allMatch(v -> v.isNaN()).hasSize(1);
        assertThat(found.path("files").path(Names.file("exported/odd name?#%.txt")).asText()).isEqualTo(Names.digest(new byte[] {7}));
        assertThat(found.path("files").path("exported/deep/er/ü.bin").asText()).isEqualTo(Names.digest(new byte[] {8}));
    }

    @Test
    void aRunThatWentOnAfterAKillCountsEachEpochOnce(TestInfo test) {
        TestRun run = TestRun.begin(runs, "resumed", 6).load().decompose();
        Map<String, Object> started = new LinkedHashMap<>(Map.of(
                "position", 3, "stage", "train-scalings", "place", "p", "key", "key-of-train-scalings-3", "input", "decompose-2", "options", Map.of("epochs", "3")));
        run.event("stage-started", started);
        run.epochEvents(1, 2);
        assertThat(sync(test.getDisplayName(), "", run.directory())).isTrue();
        assertThat(read(run.directory()).at("/run/status").asText()).as("its process is gone").isEqualTo("KILLED");
        run.resumed().reused("load", "none", "load-1").reused("decompose", "load-1", "decompose-2").epochs(3).prune(500, 4, 4).finish(0.7);
        assertThat(sync(test.getDisplayName(), "", run.directory())).isTrue();
        JsonNode found = read(run.directory()).path("run");
        assertThat(found.path("status").asText()).isEqualTo("FINISHED");
        assertThat(steps(found, "epoch/loss.train")).containsExactly(1, 2, 3);
        assertThat(values(found, "parameters.remaining")).containsExactly(1000.0, 500.0);
        assertThat(found.at("/params/train-scalings.epochs").asText()).isEqualTo("3");
    }

    @Test
    void anotherValueOfAnOptionAfterAResumeStandsBesideTheFirst(TestInfo test) {
        TestRun run = TestRun.begin(runs, "changed", 7).load().epochs(1);
        assertThat(sync(test.getDisplayName(), "", run.directory())).isTrue();
        run.resumed().reused("load", "none", "load-1");
        run.stage("train-scalings", Map.of("epochs", 2, "learningRate", "0.5"), () -> run.epochEvents(1, 2)).finish(0.6);
        assertThat(sync(test.getDisplayName(), "", run.directory())).as(said.toString()).isTrue();
        JsonNode found = read(run.directory()).path("run");
        assertThat(found.at("/params/train-scalings.learningRate").asText()).isEqualTo("0.02");
        assertThat(found.at("/params/train-scalings.learningRate:2").asText()).isEqualTo("0.5");
    }

    @Test
    void fiveThousandValuesGoInFewCalls(TestInfo test) {
        TestRun run = TestRun.begin(runs, "many", 8, IntStream.range(0, 300).boxed().collect(Collectors.toMap(i -> "option" + i, i -> "v" + i)));
        run.load();
        String[] names = IntStream.range(0, 20).mapToObj(i -> "file" + i + ".bin").toArray(String[]::new);
        for (String name : names) {
            run.write(name, new byte[50_000]);
        }
        run.stage("train", Map.of(), () -> run.epochEvents(1, 710), names);
        run.finish(0.9);
        try (FaultyWay way = FaultyWay.to(RealServer.uri())) {
            long begin = System.nanoTime();
            assertThat(sync(way.uri(), test.getDisplayName(), "", run.directory())).as(said.toString()).isTrue();
            System.err.printf("%d requests, %.1f s for %s%n", way.requests(), (System.nanoTime() - begin) / 1e9, said);
            // Each file is written and read; each metric of many values is read.
            assertThat(way.requests()).isLessThan(100);
        }
        JsonNode found = read(run.directory()).path("run");
        assertThat(points(found, "epoch/loss.train")).hasSize(710);
        assertThat(found.path("params").size()).isGreaterThan(300);
        assertThat(StreamSupport.stream(found.path("metrics").spliterator(), false).mapToInt(JsonNode::size).sum()).isGreaterThan(5000 - 40);
    }
}
