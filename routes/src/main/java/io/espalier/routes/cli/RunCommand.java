package io.espalier.routes.cli;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.engine.onednn.FastestEngine;
import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.routes.PipelineCheck;
import io.espalier.routes.PipelineContext;
import io.espalier.routes.PipelineSource;
import io.espalier.routes.Performer;
import io.espalier.run.InterruptedRunException;
import io.espalier.run.Journal;
import io.espalier.run.Run;
import io.espalier.run.RunDescription;
import io.espalier.run.RunDirectory;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code run}: runs a pipeline, or goes on with a run. */
@Command(name = "run", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "Runs a pipeline: a shipped one by its name, or any by its file.")
final class RunCommand implements Callable<Integer> {

    private static final String DEFAULT_ENGINE = FastestEngine.NAME;
    private static final long DEFAULT_SEED = 1;
    private static final String TEST_READ = "test-read";

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "PIPELINE", description = "Name or file of the pipeline; not needed with --resume.")
    private Optional<String> pipeline = Optional.empty();

    @Mixin
    private PipelineArguments arguments;

    @Mixin
    private PluginFolders plugins;

    @Option(names = "--engine", paramLabel = "NAME", description = "What runs the networks: onednn, dl4j, or auto, which is onednn where it can be and else dl4j (default: auto).")
    private Optional<String> engine = Optional.empty();

    @Option(names = "--precision", paramLabel = "NAME", description = "What the convolutions of the engine onednn read: float32, or bf16 where the processor has instructions for it; what trains, the losses and the final test are float32 always (default: float32).")
    private Optional<Precision> precision = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "From which all randomness comes (default: 1).")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--run-dir", paramLabel = "DIR", description = "Folder in which the run's directory is made (default: runs).")
    private Path parent = Workplace.runs();

    @Option(names = "--resume", paramLabel = "RUN", description = "Goes on with a run: its directory, or its name in the folder of runs.")
    private Optional<Path> resume = Optional.empty();

    @Option(names = "--skip-unreadable", description = "Leaves unreadable images out (and names them) instead of ending the run.")
    private boolean skipUnreadable;

    @Option(names = "--plugin-limit", paramLabel = "SECONDS",
            description = "How long one call of a plugin that is not Espalier's own may take before the run fails, to be resumed without it (default: as long as it takes).")
    private Optional<Long> pluginLimit = Optional.empty();

    @Mixin
    private TrackingArguments tracking;

    @Option(names = "--no-tracking", description = "Sends nothing to MLflow, whatever is set.")
    private boolean local;

    @Option(names = "--quiet", description = "Says only where the results are.")
    private boolean quiet;

    RunCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    /** What is to run: as given, or as a run was begun with, changed by what is given now. */
    private record Wish(
            PipelineSource source,
            Map<String, String> parameters,
            long seed,
            boolean skipUnreadable,
            String engine,
            Precision precision,
            List<Path> pluginFolders,
            Optional<Path> resume) {}

    @Override
    public Integer call() {
        Wish wish = wish();
        workplace.machinery().loadAhead();
        try (Binder binder = workplace.plugins(wish.pluginFolders(), limit())) {
            Pipeline checked = PipelineCheck.check(wish.source(), wish.parameters(), binder);
            Watch watch = quiet ? Watch.quiet() : new Watch(spec.commandLine().getOut(), workplace.terminal(), System::nanoTime);
            Engine chosen = workplace.machinery().engine(wish.engine(), wish.precision(), watch::say);
            Later performer = new Later();
            // Opened before the run begins: what Camel refuses must not leave a run's directory behind.
            try (PipelineContext context = PipelineContext.open(checked, binder, performer)) {
                RunOrder order = new RunOrder(
                        checked, wish.seed(), wish.skipUnreadable(), chosen, binder, wish.pluginFolders(), watch, parent, wish.resume());
                OpenRun run = workplace.machinery().begin(order);
                performer.run = run;
                announce(checked, wish, run.directory());
                try (Interruption interruption = Interruption.of(run, watch, spec.commandLine().getErr());
                        Tracked tracked = track(run.directory(), watch);
                        run) {
                    return run(context, run, interruption, watch, workplace.machinery().measures(chosen, binder));
                }
            }
        }
    }

    private TimeLimit limit() {
        return pluginLimit.map(seconds -> {
            if (seconds < 1) {
                throw new InputException("--plugin-limit=" + seconds + " leaves no time\n    write a number of seconds of at least 1");
            }
            return TimeLimit.of(Duration.ofSeconds(seconds));
        }).orElse(TimeLimit.none());
    }

    private void announce(Pipeline checked, Wish wish, Path directory) {
        if (!quiet) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(checked.source().name() + ", seed " + wish.seed() + ", engine " + wish.engine()
                    + (wish.precision() == Precision.FLOAT32 ? "" : " in " + wish.precision().text()) + ", " + (wish.resume().isPresent() ? "goes on in " : "in ")
                    + directory);
            out.flush();
        }
    }

    /** Closed after the run is, so that its last words are in the journal. */
    private Tracked track(Path directory, Watch watch) {
        Tracked.Words words = new Tracked.Words(spec.commandLine().getOut(), spec.commandLine().getErr(), quiet, watch);
        return local ? Tracked.not() : Tracked.begin(directory, tracking, words);
    }

    private static Precision precision(String text) {
        return Arrays.stream(Precision.values()).filter(known -> known.text().equals(text)).findFirst()
                .orElseThrow(() -> new InputException("the run was begun with the precision '" + text + "', which this version has not\n    give --precision"));
    }

    private Wish wish() {
        Optional<Path> begun = resume.map(run -> RunDirectory.find(run, parent));
        Optional<RunDescription> before = begun.map(Run::settingsOf);
        Map<String, String> parameters = new LinkedHashMap<>();
        before.ifPresent(description -> parameters.putAll(description.parameters()));
        parameters.putAll(arguments.parameters());
        PipelineSource source = pipeline.map(workplace::pipeline)
                .or(() -> before.map(description -> PipelineSource.kept(description.pipeline(), description.text())))
                .orElseThrow(() -> new InputException("no pipeline is named\n    write `run PIPELINE`, or `run --resume RUN` to go on with a run"));
        return new Wish(
                source,
                parameters,
                seed.or(() -> before.map(RunDescription::seed)).orElse(DEFAULT_SEED),
                skipUnreadable || before.map(RunDescription::skipUnreadable).orElse(false),
                engine.or(() -> before.map(RunDescription::engine)).orElse(DEFAULT_ENGINE),
                precision.or(() -> before.map(RunDescription::precision).map(RunCommand::precision)).orElse(Precision.FLOAT32),
                plugins.after(before.map(RunDescription::pluginFolders).orElse(List.of()).stream().map(Path::of).toList()),
                begun);
    }

    /** Whatever ends the run is noted in its journal, and said before the process may be gone. */
    private int run(PipelineContext context, OpenRun run, Interruption interruption, Watch watch, Measures measures) {
        try {
            Candidate candidate = context.run().candidate();
            // A pipeline's doTry may have caught the interruption.
            run.checkInterrupted();
            finish(candidate, run, measures);
            return 0;
        } catch (InterruptedRunException e) {
            run.failed(e);
            interruption.stopped();
            return Interruption.EXIT_CODE;
        } catch (RuntimeException | Error e) {
            watch.clearBar();
            run.failed(e);
            return Main.failure(spec).report(e, run.directory());
        }
    }

    private void finish(Candidate candidate, OpenRun run, Measures measures) {
        PrintWriter out = spec.commandLine().getOut();
        if (candidate.isNone()) {
            run.finished(Map.of());
        } else {
            Summary summary = Summary.of(candidate, measures, testReads(run.directory()));
            run.writeJson(Summary.FILE, summary);
            run.finished(summary.mainNumbers());
            if (!quiet) {
                out.println();
                SummaryTable.lines(summary).forEach(out::println);
            }
        }
        Artifacts.lines(run.directory()).forEach(out::println);
        out.flush();
    }

    /** How often the journal says that the test set was read. */
    private static int testReads(Path run) {
        return (int) Journal.read(run).stream().filter(event -> event.type().equals(TEST_READ)).count();
    }

    /** Performs once the run has begun. */
    private static final class Later implements Performer {

        private OpenRun run;

        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
            return run.perform(stage, candidate, place, branch);
        }
    }
}
