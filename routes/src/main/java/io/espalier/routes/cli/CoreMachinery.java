package io.espalier.routes.cli;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.TrainingException;
import io.espalier.routes.Binder;
import io.espalier.routes.CatalogBinder;
import io.espalier.run.Run;
import io.espalier.run.RunSettings;
import io.espalier.run.StageResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The machinery itself: catalog, engines and runs of core. */
final class CoreMachinery implements Machinery {

    private final Map<String, Function<Consumer<String>, Engine>> engines;

    CoreMachinery(Map<String, Function<Consumer<String>, Engine>> engines) {
        this.engines = Map.copyOf(engines);
    }

    @Override
    public Binder plugins(Path home, List<Path> folders, TimeLimit limit) {
        List<Path> all = new ArrayList<>();
        all.add(home.resolve("plugins"));
        all.addAll(folders);
        return new CatalogBinder(Catalog.open(all, home, limit));
    }

    @Override
    public List<String> engines() {
        return engines.keySet().stream().sorted().toList();
    }

    @Override
    public Engine engine(String name, Consumer<String> says) {
        Function<Consumer<String>, Engine> engine = Optional.ofNullable(engines.get(name))
                .orElseThrow(() -> new InputException("there is no engine '" + name + "'\n    the engines are " + String.join(", ", engines())));
        try {
            return engine.apply(says);
        } catch (TrainingException e) {
            throw new InputException(e.getMessage(), e);
        }
    }

    @Override
    public OpenRun begin(RunOrder order) {
        RunSettings settings = new RunSettings(
                order.pipeline().source().name(),
                order.pipeline().source().text(),
                order.pipeline().parameters(),
                order.seed(),
                order.skipUnreadable(),
                order.engine(),
                ((CatalogBinder) order.binder()).catalog(),
                order.pluginFolders(),
                order.listener());
        return new CoreRun(order.resume().map(directory -> Run.resume(directory, settings)).orElseGet(() -> Run.create(order.parent(), settings)));
    }

    @Override
    public Measures measures(Engine engine, Binder binder) {
        return new CoreMeasures(engine, binder);
    }

    private record CoreRun(Run run) implements OpenRun {

        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
            return run.perform(stage, candidate, place, branch);
        }

        @Override
        public Path directory() {
            return run.directory();
        }

        @Override
        public void interrupt() {
            run.interrupt();
        }

        @Override
        public void checkInterrupted() {
            run.checkInterrupted();
        }

        @Override
        public void writeJson(String name, Object value) {
            run.writeJson(name, value);
        }

        @Override
        public void finished(Map<String, ?> summary) {
            run.finished(summary);
        }

        @Override
        public void failed(Throwable reason) {
            run.failed(reason);
        }

        @Override
        public void close() {
            run.close();
        }
    }
}
