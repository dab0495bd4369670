package io.espalier.mlflow;

import io.espalier.api.InputException;
import io.espalier.run.RunDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Sends what is missing of runs that have ended, as it would have been sent while they went on. */
public final class Sync {

    private static final int TIMES = 3;
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final Optional<Target> target;
    private final Map<String, String> environment;
    private final Optional<String> experiment;
    private final Optional<String> register;
    private final Consumer<String> say;

    /**
     * @param target the server; without one each run goes where it was sent before
     * @param experiment name, if the user gave one
     * @param register name of a registered model, if exported networks are to be versions of it
     * @param say told what was sent and what was not
     */
    public Sync(Optional<Target> target, Map<String, String> environment, Optional<String> experiment, Optional<String> register, Consumer<String> say) {
        this.target = target;
        this.environment = Map.copyOf(environment);
        this.experiment = experiment;
        this.register = register;
        this.say = say;
    }

    /** The command that sends a run, ready for a shell. */
    public static String line(Path directory) {
        return RunDirectory.resumeLine(directory).replace("run --resume", "sync");
    }

    /**
     * Sends runs, one after another.
     *
     * @return whether the server has all of each
     */
    public boolean send(List<Path> runs) {
        boolean all = true;
        for (Path run : runs) {
            try {
                all &= send(run);
            } catch (InputException e) {
                // One damaged run must not keep the others back.
                say.accept(run.getFileName() + "  " + e.getMessage());
                all = false;
            } catch (Trouble e) {
                say.accept(run.getFileName() + "  " + e.getMessage());
                all = false;
                if (e.kind() == Trouble.Kind.STOPPED || !e.isLasting() || e.kind() == Trouble.Kind.LOGIN) {
                    // The others would meet the same server.
                    return false;
                }
            }
        }
        return all;
    }

    private boolean send(Path run) {
        Target to = target.or(() -> before(run)).orElseThrow(() -> new InputException("no MLflow server is named, and this run was never sent to one"
                + "\n    set " + Target.URI_VARIABLE + ", or give --tracking-uri; `./espalier mlflow serve` starts a server of your own"));
        RunDirectory.Status status = RunDirectory.of(run).status();
        Position start = new Wish(to, experiment, register).position(run);
        try (Server server = new Server(to);
                Sender sender = new Sender(run, server, start, line -> say.accept("    " + line))) {
            for (int time = 1; ; time++) {
                try {
                    sender.pass(status != RunDirectory.Status.RUNNING);
                    break;
                } catch (Trouble e) {
                    if (e.isLasting() || time == TIMES) {
                        throw e;
                    }
                    pause(time, e);
                }
            }
            return report(run, sender);
        }
    }

    private Optional<Target> before(Path run) {
        return Position.read(run).flatMap(p -> Target.of(Optional.of(p.server()), environment));
    }

    private static void pause(int time, Trouble reason) {
        try {
            Thread.sleep(time * PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw reason;
        }
    }

    private boolean report(Path run, Sender sender) {
        Sender.Sent sent = sender.sent();
        String what = sent.equals(new Sender.Sent(0, 0, 0)) ? "nothing was missing" : "sent " + sent;
        say.accept(run.getFileName() + "  " + what + sender.page().map(page -> "\n    " + page).orElse(""));
        return sender.isComplete() || RunDirectory.of(run).status() == RunDirectory.Status.RUNNING;
    }
}
