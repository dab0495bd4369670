package io.espalier.routes.cli;

import io.espalier.api.InputException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code runs}: what was run. */
@Command(name = "runs", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists runs and shows what they came to.")
final class RunsCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say `runs list` or `runs show RUN`");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists the runs in a folder, oldest first.")
    Integer list(@Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs (default: runs).") Path parent) {
        PrintWriter out = spec.commandLine().getOut();
        List<RunFiles> runs = RunFiles.in(parent);
        if (runs.isEmpty()) {
            out.println("There are no runs in " + parent.toAbsolutePath());
        }
        runs.forEach(run -> out.println(line(run)));
        return 0;
    }

    /** One damaged run must not hide the others. */
    private static String line(RunFiles run) {
        String name = String.valueOf(run.directory().getFileName());
        try {
            RunFiles.Description description = run.description();
            String end = run.summary().map(summary -> "finished" + reduction(summary)).orElse("unfinished");
            return String.format("%-40s  %-20s  seed %d  %s", name, description.pipeline(), description.seed(), end);
        } catch (InputException e) {
            return String.format("%-40s  %s", name, e.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static String reduction(Summary summary) {
        return summary.achievedReduction() == null ? "" : String.format(java.util.Locale.ROOT, ", %.1f %% removed", 100 * summary.achievedReduction());
    }

    @Command(name = "show", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Shows a run: what it was begun with, and its summary.")
    Integer show(
            @Parameters(paramLabel = "RUN", description = "Directory of the run, or its name in the folder of runs.") Path run,
            @Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs (default: runs).") Path parent) {
        PrintWriter out = spec.commandLine().getOut();
        RunFiles files = RunFiles.find(run, parent);
        RunFiles.Description description = files.description();
        out.println("pipeline    " + description.pipeline());
        out.println("started     " + description.started());
        out.println("engine      " + description.engine());
        out.println("seed        " + description.seed());
        description.parameters().forEach((name, value) -> out.println("-p          " + name + "=" + value));
        out.println();
        files.summary().ifPresentOrElse(
                summary -> SummaryTable.lines(summary).forEach(out::println),
                () -> out.println("It is not finished; go on with\n    " + files.resumeLine()));
        return 0;
    }
}
