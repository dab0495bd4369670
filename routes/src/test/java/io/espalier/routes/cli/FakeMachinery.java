package io.espalier.routes.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.routes.Binder;
import io.espalier.routes.FakeStages;
import io.espalier.run.StageResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs that only write their own description; measures that count calls. */
final class FakeMachinery implements Machinery {

    final FakeStages stages = new FakeStages();
    final List<RunOrder> orders = new ArrayList<>();

    private record NoEngine(String name) implements Engine {

        @Override
        public String fingerprint() {
            return name;
        }

        @Override
        public Program compile(Network network, Wanted wanted) {
            throw new UnsupportedOperationException();
        }
    }

    @Override
    public Binder plugins(Path home, List<PluginFolder> folders, TimeLimit limit) {
        return stages;
    }

    @Override
    public List<String> engines() {
        return List.of("auto", "dl4j");
    }

    @Override
    public Engine engine(String name, Precision precision, Consumer<String> says) {
        if (!engines().contains(name)) {
            throw new InputException("there is no engine '" + name + "'");
        }
        return new NoEngine(name);
    }

    @Override
    public OpenRun begin(RunOrder order) {
        orders.add(order);
        Path directory = order.resume().orElse(order.parent().resolve(order.pipeline().source().name() + "-1"));
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("run.json"), """
                    {"pipeline": "%s", "text": %s, "parameters": {"rounds": "2"}, "seed": 7, "skipUnreadable": true,
                     "engine": "dl4j", "started": "2026-01-01T00:00:00Z", "versions": {}, "machine": {}, "plugins": [],
                     "pluginFolders": ["/more plugins"]}
                    """.formatted(order.pipeline().source().name(), quoted(order.pipeline().source().text())));
            note(directory, "run-started");
            note(directory, "test-read");
            note(directory, "stage-finished");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new FakeRun(order, directory);
    }

    private static void note(Path directory, String event) {
        try {
            Files.writeString(
                    directory.resolve("journal.jsonl"),
                    "{\"time\": \"2026-01-01T00:00:00Z\", \"type\": \"" + event + "\", \"details\": {\"type\": \"test-read\"}}\n",
                    StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    @Override
    public Measures measures(Engine engine, Binder binder) {
        return new Measures() {

            private long next = 1000;

            @Override
            public Cost cost(Network network) {
                Cost cost = new Cost(next, 10 * next);
                next /= 2;
                return cost;
            }

            @Override
            public long bytes(Network network) {
                return 1234;
            }

            @Override
            public List<Latency> latency(List<Network> networks, int batch) {
                return networks.stream().map(network -> new Latency(batch, 2.0 * batch)).toList();
            }
        };
    }

    private final class FakeRun implements OpenRun {

        private final RunOrder order;
        private final Path directory;

        FakeRun(RunOrder order, Path directory) {
            this.order = order;
            this.directory = directory;
        }

        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
            order.listener().stageStarted(stage.extension().name(), place);
            StageResult result = stages.perform(stage, candidate, place, branch);
            order.listener().stageFinished(stage.extension().name(), place, result, Duration.ofMillis(1500), false);
            return result;
        }

        @Override
        public Path directory() {
            return directory;
        }

        @Override
        public void interrupt() {}

        @Override
        public void checkInterrupted() {}

        @Override
        public void writeJson(String name, Object value) {
            try {
                new ObjectMapper().writeValue(directory.resolve(name).toFile(), value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void finished(Map<String, ?> summary) {
            note(directory, "run-finished");
        }

        @Override
        public void failed(Throwable reason) {
            note(directory, "run-failed");
        }

        @Override
        public void close() {}
    }
}
