package io.espalier.routes.cli;

import io.espalier.api.RunFailedException;
import io.espalier.mlflow.Environment;
import io.espalier.mlflow.LocalServer;
import io.espalier.mlflow.Target;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mlflow}: a server of one's own. */
@Command(name = "mlflow", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Starts an MLflow server on this machine.")
final class MlflowCommand implements Runnable {

    private static final int STOPPED = 130;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say `mlflow serve`");
    }

    @Command(name = "serve", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
            description = "Starts an MLflow server for this machine only, until Ctrl-C. The first time it installs MLflow into a folder of the user's"
                    + " cache; that needs python3 (3.10 or later).")
    Integer serve(
            @Option(names = "--folder", paramLabel = "DIR", defaultValue = "mlruns", description = "Where its database and files are (default: mlruns).") Path folder,
            @Option(names = "--port", paramLabel = "N", defaultValue = "5000", description = "Port on 127.0.0.1; 0: any that is free (default: 5000).") int port)
            throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Environment environment = Environment.ofUser(System.getenv()).prepare(line -> say(out, line));
        say(out, "Starting MLflow " + Environment.VERSION + " on " + folder.toAbsolutePath().normalize());
        LocalServer server = LocalServer.start(environment, folder, port, List.of(), Map.of());
        Thread stop = new Thread(() -> {
            server.close();
            say(out, "\nMLflow has stopped; what it holds stays in " + folder);
        }, "mlflow-stop");
        Runtime.getRuntime().addShutdownHook(stop);
        say(out, "MLflow is at " + server.uri() + " (for this machine only; Ctrl-C stops it). In another terminal:");
        say(out, "    export " + Target.URI_VARIABLE + "=" + server.uri());
        say(out, "    ./espalier run basis-scaling");
        int exit = server.awaitEnd();
        try {
            Runtime.getRuntime().removeShutdownHook(stop);
        } catch (IllegalStateException e) {
            // Ctrl-C: the hook is at it.
            return STOPPED;
        }
        throw new RunFailedException("MLflow's server ended by itself (exit code " + exit + ")\n    what it said is in " + server.log());
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
