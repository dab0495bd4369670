package io.espalier.routes.cli;

import io.espalier.mlflow.Sync;
import io.espalier.run.RunDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync}: sends runs to MLflow. */
@Command(name = "sync", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "Sends what is missing of runs to MLflow, with the original times. Sending twice adds nothing twice.")
final class SyncCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "RUN", description = "Directories of runs, or their names in the folder of runs (default: all in that folder).")
    private List<Path> runs = List.of();

    @Mixin
    private TrackingArguments tracking;

    @Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs (default: runs).")
    private Path parent;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Path> wanted = runs.isEmpty() ? RunDirectory.directories(parent) : runs.stream().map(run -> RunDirectory.find(run, parent)).toList();
        if (wanted.isEmpty()) {
            out.println("There are no runs in " + parent.toAbsolutePath());
        }
        boolean all = new Sync(tracking.target(), TrackingArguments.environment(), tracking.experiment(), tracking.register(), line -> {
            out.println(line);
            out.flush();
        }).send(wanted);
        return all ? 0 : Failure.RUN;
    }
}
