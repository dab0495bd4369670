package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.RunFailedException;
import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class RunTest extends TinyRuns {

    @Test
    void aRunDescribesItself() {
        try (Run run = create()) {
            RunDescription description = Run.settingsOf(run.directory());
            assertThat(run.directory().getFileName().toString()).matches("\\d{8}-\\d{6}-tiny");
            assertThat(description.pipeline()).isEqualTo("tiny");
            assertThat(description.text()).isEqualTo("- route:\n");
            assertThat(description.parameters()).isEqualTo(Map.of("epochs", "1"));
            assertThat(description.seed()).isEqualTo(7);
            assertThat(description.skipUnreadable()).isFalse();
            assertThat(description.engine()).isEqualTo("none");
            assertThat(description.precision()).isEqualTo("float32");
            assertThat(description.engineFingerprint()).isEqualTo("float32, 2 threads");
            assertThat(description.versions()).containsKeys("espalier", "java", "nd4j").containsEntry("dl4j", "1.0.0-M2.1");
            assertThat(description.machine()).containsKeys("os", "architecture", "processor", "cores");
            assertThat(description.plugins()).containsExactly(new RunDescription.Plugin(
                    "tiny", "1.0", "1", "given", Path.of("plugins", "tiny-1.0.jar").toAbsolutePath().toString()));
        }
    }

    @Test
    void aStageResultIsTheCandidateItsVariablesAndMetrics() {
        try (Run run = create()) {
            StageResult result = perform(run, Tiny.load(), Tiny.shake(0.1), Tiny.keep());
            assertThat(result.variables()).isEqualTo(Map.of("held", true, "round", 2L));
            assertThat(result.metrics()).containsOnlyKeys("accuracy").isEqualTo(result.candidate().metrics());
            assertThat(result.candidate().lineage()).extracting(Candidate.Step::stage).containsExactly("load", "shake", "keep");
            assertThat(result.candidate().lineage().get(1).options()).isEqualTo(Map.of("amount", "0.1"));
            assertThat(events(run.directory()))
                    .containsExactly(
                            "run-started", "stage-started", "stage-finished", "stage-started", "stage-finished", "stage-started", "stage-finished");
        }
    }

    @Test
    void theJournalSaysWhatAStageBeginsWith() {
        try (Run run = create()) {
            StageResult loaded = perform(run, Tiny.load());
            run.perform(Tiny.shake(0.1), loaded.candidate(), "tiny.yaml:2", "second way");
            List<JsonNode> started = Journal.read(run.directory()).stream().filter(e -> e.type().equals("stage-started")).map(Journal.Event::details).toList();
            assertThat(started.get(0).has("branch")).isFalse();
            assertThat(started.get(1).path("input").asText()).isEqualTo(loaded.digest());
            assertThat(started.get(1).at("/options/amount").asText()).isEqualTo("0.1");
            assertThat(started.get(1).path("branch").asText()).isEqualTo("second way");
        }
    }

    @Test
    void aResumedRunReusesFinishedStagesWithoutReadingThem() throws IOException {
        BoundOptions[] stages = {Tiny.load(), Tiny.shake(0.1), Tiny.keep(), Tiny.shake(0.2)};
        Path directory;
        StageResult first;
        try (Run run = create()) {
            first = perform(run, stages);
            directory = run.directory();
        }
        List<Path> packs;
        try (Stream<Path> files = Files.list(new Layout(directory).packs())) {
            packs = files.toList();
        }
        try (Run run = resume(directory)) {
            // Whoever read a tensor now would see the damage.
            for (Path pack : packs) {
                byte[] bytes = Files.readAllBytes(pack);
                bytes[bytes.length - 1] ^= 1;
                Files.write(pack, bytes);
            }
            StageResult again = perform(run, stages);
            assertThat(again.digest()).isEqualTo(first.digest());
            assertThat(again.variables()).isEqualTo(first.variables());
            assertThat(again.metrics()).isEqualTo(first.metrics());
            assertThat(watcher.reused).containsExactly("load", "shake", "keep", "shake");
            assertThatThrownBy(() -> again.candidate().network()).isInstanceOf(RunFailedException.class).hasMessageContaining("is damaged");
        }
    }

    @Test
    void aReusedCandidateIsTheSameToTheBit() {
        Path directory = performAndClose(Tiny.load(), Tiny.shake(0.1), Tiny.keep());
        String unbroken;
        try (Run run = create()) {
            unbroken = perform(run, Tiny.load(), Tiny.shake(0.1), Tiny.keep(), Tiny.shake(0.3)).digest();
        }
        try (Run run = resume(directory)) {
            assertThat(perform(run, Tiny.load(), Tiny.shake(0.1), Tiny.keep(), Tiny.shake(0.3)).digest()).isEqualTo(unbroken);
            assertThat(watcher.reused).containsExactly("load", "shake", "keep");
            assertThat(watcher.made).containsExactly("shake");
            assertThat(watcher.said).isEmpty();
        }
    }

    @Test
    void aChangedOptionIsNamedAndWhatWasDroppedIsComputedAgain() {
        Path directory = performAndClose(Tiny.load(), Tiny.shake(0.1), Tiny.shake(0.2));
        String fresh;
        try (Run run = create()) {
            fresh = perform(run, Tiny.load(), Tiny.shake(0.1), Tiny.shake(0.3)).digest();
        }
        try (Run run = resume(directory)) {
            assertThat(perform(run, Tiny.load(), Tiny.shake(0.1), Tiny.shake(0.3)).digest()).isEqualTo(fresh);
        }
        assertThat(watcher.reused).containsExactly("load", "shake");
        assertThat(watcher.made).containsExactly("shake");
        assertThat(watcher.said)
                .contains("stage:shake (tiny.yaml:shake) runs again: option amount was 0.2, now 0.3")
                .anyMatch(line -> line.startsWith("stage:shake (tiny.yaml:shake) runs again: its result was superseded and dropped"))
                .anyMatch(line -> line.startsWith("stage:load (tiny.yaml:load) runs again: its result was superseded and dropped"));
        Journal.Event changed = Journal.read(directory).stream().filter(e -> e.type().equals("stage-changed")).findFirst().orElseThrow();
        assertThat(changed.details().at("/differences/0").toString())
                .isEqualTo("{\"part\":\"option amount\",\"before\":\"0.2\",\"now\":\"0.3\"}");
    }

    @Test
    void aChangedPluginSeedOrEngineIsNamed() {
        Path directory = performAndClose(Tiny.load(), Tiny.shake(0.1, Tiny.plugin("1")));
        try (Run run = resume(directory)) {
            perform(run, Tiny.load(), Tiny.shake(0.1, Tiny.plugin("2")));
        }
        assertThat(watcher.said).contains("stage:shake (tiny.yaml:shake) runs again: plugin tiny was 1, now 2");
        watcher.said.clear();
        try (Run run = Run.resume(directory, Tiny.settings(8, watcher), new Tiny.Some(List.of()), FileChannel::open)) {
            perform(run, Tiny.load());
        }
        assertThat(watcher.said).containsExactly("stage:load (tiny.yaml:load) runs again: seed was 7, now 8");
    }

    @Test
    void aMendedPluginDrawsTheSameNumbers() {
        try (Run run = create()) {
            Candidate loaded = perform(run, Tiny.load()).candidate();
            String one = run.perform(Tiny.shake(0.1, Tiny.plugin("1")), loaded, "a", "one").digest();
            String two = run.perform(Tiny.shake(0.1, Tiny.plugin("2")), loaded, "b", "one").digest();
            assertThat(watcher.made).hasSize(3);
            assertThat(two).isEqualTo(one);
        }
    }

    @Test
    void randomnessDependsOnSeedStageInputAndPurposeAlone() {
        List<Double> drawn = new ArrayList<>();
        BoundOptions draw = Tiny.bound("draw", (candidate, options, context) -> {
            drawn.add(context.random("a").nextDouble());
            drawn.add(context.random("b").nextDouble());
            drawn.add(context.random("a").nextDouble());
            return candidate;
        });
        performAndClose(Tiny.load(), draw);
        performAndClose(Tiny.load(), draw);
        assertThat(drawn.subList(3, 6)).isEqualTo(drawn.subList(0, 3));
        assertThat(drawn.get(2)).isEqualTo(drawn.get(0)).isNotEqualTo(drawn.get(1));
    }

    @Test
    void aSupersededCandidateGoesAndFiftyRoundsStaySmall() {
        try (Run run = create()) {
            Candidate candidate = perform(run, Tiny.load()).candidate();
            long networks = 0;
            for (int round = 0; round < 50; round++) {
                candidate = run.perform(Tiny.shake(0.1), candidate, "p", "").candidate();
                candidate = run.perform(Tiny.keep(), candidate, "p", "").candidate();
                networks = Math.max(networks, new Layout(run.directory()).networks().toFile().list().length);
            }
            // The network, the one loaded; the kept one is the network itself.
            assertThat(networks).isEqualTo(2);
            assertThat(new Layout(run.directory()).candidates().toFile().list()).hasSize(2);
            assertThat(bytes(new Layout(run.directory()).packs())).isLessThan(10_000);
        }
    }

    @Test
    void whatBranchesBeganAndEndedWithStays() {
        Path directory;
        String forked;
        try (Run run = create()) {
            directory = run.directory();
            StageResult fork = perform(run, Tiny.load(), Tiny.shake(0.1));
            forked = fork.digest();
            Candidate first = run.perform(Tiny.shake(0.2), fork.candidate(), "one", "one").candidate();
            run.perform(Tiny.shake(0.3), fork.candidate(), "two", "one");
            run.perform(Tiny.shake(0.4), first, "after", "");
        }
        try (Run run = resume(directory)) {
            StageResult fork = perform(run, Tiny.load(), Tiny.shake(0.1));
            Candidate first = run.perform(Tiny.shake(0.2), fork.candidate(), "one", "one").candidate();
            Candidate second = run.perform(Tiny.shake(0.3), fork.candidate(), "two", "one").candidate();
            Candidate after = run.perform(Tiny.shake(0.4), first, "after", "").candidate();
            assertThat(fork.digest()).isEqualTo(forked);
            assertThat(Stream.of(fork.candidate(), first, second, after).map(c -> c.network().digest())).doesNotHaveDuplicates();
            assertThat(watcher.said).as("nothing had to be computed again").isEmpty();
            assertThat(watcher.made).isEmpty();
        }
    }

    @Test
    void aStageThatIsNotRepeatableIsRefusedByNameWhenItHasToBeRepeated() {
        AtomicInteger calls = new AtomicInteger();
        BoundOptions odd = Tiny.bound("odd", (candidate, options, context) -> candidate.withMetrics(Map.of("calls", (double) calls.incrementAndGet())));
        Path directory = performAndClose(Tiny.load(), odd, Tiny.shake(0.1));
        try (Run run = resume(directory)) {
            assertThatThrownBy(() -> perform(run, Tiny.load(), odd, Tiny.shake(0.2)))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("stage:odd (tiny.yaml:odd) gave another result than the first time");
        }
    }

    private static BoundOptions export(String text) {
        return Tiny.bound(
                "export",
                (candidate, options, context) -> {
                    try {
                        Files.writeString(context.artifacts().resolve("model.txt"), text + candidate.lineage().size());
                        return candidate;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Map.entry("text", text));
    }

    @Test
    void aStageWhoseArtifactWasLostRunsAgain() throws IOException {
        BoundOptions[] stages = {Tiny.load(), export("one")};
        Path directory = performAndClose(stages);
        Path artifact = directory.resolve("artifacts/model.txt");
        Files.writeString(artifact, "half");
        try (Run run = resume(directory)) {
            perform(run, stages);
        }
        assertThat(artifact).hasContent("one1");
        assertThat(watcher.reused).containsExactly("load");
        assertThat(watcher.said).anyMatch(l -> l.startsWith("stage:export (tiny.yaml:export) runs again: artifact model.txt was "));
    }

    @Test
    void anArtifactThatALaterStageReplacedIsNotLost() {
        BoundOptions[] stages = {Tiny.load(), export("one"), Tiny.shake(0.1), export("two")};
        Path directory = performAndClose(stages);
        try (Run run = resume(directory)) {
            perform(run, stages);
        }
        assertThat(watcher.made).isEmpty();
        assertThat(directory.resolve("artifacts/model.txt")).hasContent("two3");
    }

    @Test
    void aStageThatConsultedExtensionsRunsAgainWhenOneOfThemChanged() {
        BoundOptions ask = Tiny.bound("ask", (candidate, options, context) -> {
            assertThat(context.extensions(Stage.class)).hasSize(1);
            return candidate;
        });
        extensions = List.of(ask.extension());
        Path directory = performAndClose(Tiny.load(), ask);
        try (Run run = resume(directory)) {
            perform(run, Tiny.load(), ask);
        }
        assertThat(watcher.made).isEmpty();
        extensions = List.of(Tiny.bound("ask", (c, o, x) -> c, Tiny.plugin("2")).extension());
        try (Run run = resume(directory)) {
            perform(run, Tiny.load(), ask);
        }
        assertThat(watcher.made).containsExactly("ask");
        assertThat(watcher.said).contains("stage:ask (tiny.yaml:ask) runs again: io.espalier.api.Stage ask was 1, now 2");
    }

    @Test
    void extensionsOfAPointComeInOrderOfNameAndNoOthers() {
        record Named(String name) implements Criterion<Tiny.NoOptions> {
            @Override
            public Set<UnitKind> units() {
                return Set.of();
            }

            @Override
            public INDArray score(
                    UnitGroup group, Tiny.NoOptions options, CriterionContext context) {
                throw new UnsupportedOperationException();
            }
        }
        List<String> names = new ArrayList<>();
        BoundOptions ask = Tiny.bound("ask", (candidate, options, context) -> {
            for (Chosen<?> criterion : context.extensions(Criterion.class)) {
                names.add(criterion.name());
            }
            return candidate;
        });
        extensions = Stream.of("b", "a")
                .map(n -> new Extension(Criterion.class, n, "", new Named(n), Tiny.NoOptions.class, Optional.empty(), Tiny.plugin("1")))
                .collect(Collectors.toCollection(ArrayList::new));
        extensions.add(ask.extension());
        performAndClose(Tiny.load(), ask);
        assertThat(names).containsExactly("a", "b");
    }

    @Test
    void aJsonFileOfTheRunIsThereWholeAndReplacesAnEarlierOne() throws IOException {
        try (Run run = create()) {
            run.writeJson("summary.json", Map.of("a", Double.NaN));
            run.writeJson("summary.json", Map.of("b", List.of(1, 2)));
            assertThat(Json.MAPPER.readTree(run.directory().resolve("summary.json").toFile()).toString()).isEqualTo("{\"b\":[1,2]}");
            assertThat(run.directory().toFile().list((d, n) -> n.startsWith("."))).isEmpty();
        }
    }
}
