package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.run.RunDescription;
import io.espalier.run.RunDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code runs}: what was run. */
@Command(name = "runs", subcommands = RunsTable.class, mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists runs and shows what they came to.")
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
        List<Path> runs = RunDirectory.directories(parent);
        if (runs.isEmpty()) {
            out.println("There are no runs in " + parent.toAbsolutePath());
        }
        int width = runs.stream().mapToInt(run -> String.valueOf(run.getFileName()).length()).max().orElse(0);
        runs.forEach(run -> out.println(String.format("%-" + width + "s  %s", run.getFileName(), line(run))));
        return 0;
    }

    /** One damaged run must not hide the others. */
    private static String line(Path directory) {
        try {
            RunDirectory run = RunDirectory.of(directory);
            String status = run.status().name().toLowerCase(Locale.ROOT);
            return String.format("%-12s %s  seed %d%s", status, run.description().engine(), run.description().seed(), result(directory));
        } catch (InputException e) {
            return String.format("%-12s %s", "unreadable", e.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static String result(Path directory) {
        return Summary.read(directory).map(SummaryTable::line).filter(line -> !line.isEmpty()).map(line -> "  " + line).orElse("");
    }

    @Command(name = "show", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Shows a run: what it was begun with, and its summary.")
    Integer show(
            @Parameters(paramLabel = "RUN", description = "Directory of the run, or its name in the folder of runs.") Path run,
            @Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs (default: runs).") Path parent) {
        PrintWriter out = spec.commandLine().getOut();
        RunDirectory found = RunDirectory.of(RunDirectory.find(run, parent));
        RunDescription description = found.description();
        out.println("pipeline    " + description.pipeline());
        out.println("status      " + found.status().name().toLowerCase(Locale.ROOT));
        out.println("started     " + description.started());
        out.println("engine      " + description.engine());
        out.println("seed        " + description.seed());
        description.parameters().forEach((name, value) -> out.println("-p          " + name + "=" + value));
        description.pluginFolders().forEach(folder -> out.println("--plugins   " + folder));
        out.println();
        Summary.read(found.directory()).ifPresent(summary -> SummaryTable.lines(summary).forEach(out::println));
        if (found.status() == RunDirectory.Status.FAILED || found.status() == RunDirectory.Status.INTERRUPTED) {
            out.println("It did not come to its end; go on with\n    " + RunDirectory.resumeLine(found.directory()));
        }
        return 0;
    }
}
