package io.espalier.routes.cli;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.engine.TrainingException;
import io.espalier.engine.onednn.FastestEngine;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.routes.Binder;
import io.espalier.routes.CatalogBinder;
import io.espalier.run.Run;
import io.espalier.run.RunSettings;
import io.espalier.run.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.Function;

/** The machinery itself: catalog, engines and runs of core. */
final class CoreMachinery implements Machinery {

    private final Map<String, Function<Consumer<String>, Engine>> engines;
    /** An exception in a class's initialiser is told in full once only: who asks for an engine gets it from here. */
    private final FutureTask<Optional<String>> libraries = new FutureTask<>(CoreMachinery::load);

    CoreMachinery(Map<String, Function<Consumer<String>, Engine>> engines) {
        this.engines = Map.copyOf(engines);
    }

    private static Optional<String> load() {
        NativeLibrary.here().whyNot().ifPresent(reason -> {
            throw new RunFailedException(reason);
        });
        return OneDnnEngine.whyAbsent();
    }

    /** ND4J and oneDNN take a second to load, as long as Camel and the plugins do. */
    @Override
    public void loadAhead() {
        Thread loading = new Thread(libraries, "native-libraries");
        loading.setDaemon(true);
        loading.start();
    }

    @Override
    public Binder plugins(Path home, List<PluginFolder> folders, TimeLimit limit) {
        return new CatalogBinder(Catalog.of(folders, home, limit));
    }

    @Override
    public List<String> engines() {
        return engines.keySet().stream().sorted().toList();
    }

    @Override
    public Engine engine(String name, Precision precision, Consumer<String> says) {
        Function<Consumer<String>, Engine> engine = Optional.ofNullable(engines.get(name))
                .orElseThrow(() -> new InputException("there is no engine '" + name + "'\n    the engines are " + String.join(", ", engines())));
        awaitLibraries();
        try {
            return precision == Precision.BF16 ? ofBf16(name) : engine.apply(says);
        } catch (TrainingException e) {
            throw new InputException(e.getMessage(), e);
        }
    }

    private static Engine ofBf16(String name) {
        if (!Set.of(FastestEngine.NAME, OneDnnEngine.NAME).contains(name)) {
            throw new InputException("the engine " + name + " has no convolutions in bf16\n    choose --engine onednn, or leave --precision out");
        }
        return new OneDnnEngine(Precision.BF16);
    }

    private void awaitLibraries() {
        libraries.run();
        try {
            libraries.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunFailedException("interrupted while the native libraries were loaded", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LinkageError) {
                throw new RunFailedException("ND4J's native library does not load on this machine: " + root(e).getMessage()
                        + "\n    build on it (mvn package), and see what espalier doctor says", e);
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
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
