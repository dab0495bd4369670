package io.espalier.routes.cli;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.BoundOptions;
import io.espalier.engine.Engine;
import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.routes.PipelineCheck;
import io.espalier.routes.PipelineContext;
import io.espalier.routes.PipelineSource;
import io.espalier.routes.Performer;
import io.espalier.run.RunListener;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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

    private static final String DEFAULT_ENGINE = "dl4j";
    private static final long DEFAULT_SEED = 1;

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "PIPELINE", description = "Name or file of the pipeline; not needed with --resume.")
    private Optional<String> pipeline = Optional.empty();

    @Mixin
    private PipelineArguments arguments;

    @Mixin
    private PluginFolders plugins;

    @Option(names = "--engine", paramLabel = "NAME", description = "What runs the networks (default: dl4j).")
    private Optional<String> engine = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "From which all randomness comes (default: 1).")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--run-dir", paramLabel = "DIR", description = "Folder in which the run's directory is made (default: runs).")
    private Path parent = Workplace.runs();

    @Option(names = "--resume", paramLabel = "RUN", description = "Goes on with a run: its directory, or its name in the folder of runs.")
    private Optional<Path> resume = Optional.empty();

    @Option(names = "--skip-unreadable", description = "Leaves unreadable images out (and names them) instead of ending the run.")
    private boolean skipUnreadable;

    @Option(names = "--quiet", description = "Says only where the results are.")
    private boolean quiet;

    RunCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    /** What is to run: as given, or as a run was begun with, changed by what is given now. */
    private record Wish(PipelineSource source, Map<String, String> parameters, long seed, boolean skipUnreadable, String engine, Optional<Path> resume) {}

    @Override
    public Integer call() {
        Wish wish = wish();
        try (Binder binder = plugins.open(workplace)) {
            Pipeline checked = PipelineCheck.check(wish.source(), wish.parameters(), binder);
            Engine chosen = workplace.machinery().engine(wish.engine());
            PrintWriter out = spec.commandLine().getOut();
            RunListener listener = quiet ? Watch.quiet() : new Watch(out, workplace.terminal(), System::nanoTime);
            Later performer = new Later();
            // Opened before the run begins: what Camel refuses must not leave a run's directory behind.
            try (PipelineContext context = PipelineContext.open(checked, binder, performer)) {
                RunOrder order = new RunOrder(checked, wish.seed(), wish.skipUnreadable(), chosen, binder, listener, parent, wish.resume());
                try (OpenRun run = workplace.machinery().begin(order)) {
                    performer.run = run;
                    return run(context, run, workplace.machinery().measures(chosen, binder), out);
                }
            }
        }
    }

    private Wish wish() {
        Optional<RunFiles> begun = resume.map(run -> RunFiles.find(run, parent));
        Optional<RunFiles.Description> before = begun.map(RunFiles::description);
        Map<String, String> parameters = new LinkedHashMap<>();
        before.ifPresent(description -> parameters.putAll(description.parameters()));
        parameters.putAll(arguments.parameters());
        PipelineSource source = pipeline.map(workplace::pipeline)
                .or(() -> before.map(description -> PipelineSource.kept(description.pipeline(), description.text())))
                .orElseThrow(() -> new InputException("no pipeline is named\n    write `run PIPELINE`, or `run --resume RUN` to go on with a run"));
        return new Wish(
                source,
                parameters,
                seed.or(() -> before.map(RunFiles.Description::seed)).orElse(DEFAULT_SEED),
                skipUnreadable || before.map(RunFiles.Description::skipUnreadable).orElse(false),
                engine.or(() -> before.map(RunFiles.Description::engine)).orElse(DEFAULT_ENGINE),
                begun.map(RunFiles::directory));
    }

    private int run(PipelineContext context, OpenRun run, Measures measures, PrintWriter out) {
        RunFiles files = new RunFiles(run.directory());
        try (Interruption interruption = Interruption.of(run, spec.commandLine().getErr())) {
            try {
                finish(context.run().candidate(), files, measures, out);
                return 0;
            } catch (RunFailedException e) {
                if (interruption.requested()) {
                    return Interruption.EXIT_CODE;
                }
                throw new RunFailedException(e.getMessage() + "\nEvery finished stage is kept; go on with\n    " + files.resumeLine(), e);
            }
        }
    }

    private void finish(Candidate candidate, RunFiles files, Measures measures, PrintWriter out) {
        if (!candidate.isNone()) {
            Summary summary = Summary.of(candidate, measures, files.testReads());
            files.write(summary);
            if (!quiet) {
                out.println();
                SummaryTable.lines(summary).forEach(out::println);
            }
        }
        out.println("The run is in " + files.directory() + ", what it made in " + files.directory().resolve("artifacts"));
        out.flush();
    }

    /** Performs once the run has begun. */
    private static final class Later implements Performer {

        private OpenRun run;

        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, boolean branch) {
            return run.perform(stage, candidate, place, branch);
        }
    }
}
