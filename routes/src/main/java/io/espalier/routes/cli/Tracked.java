package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.mlflow.Sync;
import io.espalier.mlflow.Target;
import io.espalier.mlflow.Tracking;
import io.espalier.mlflow.Wish;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run that is sent to MLflow, or is not.
 *
 * @param tracking of it
 */
record Tracked(Optional<Tracking> tracking) implements AutoCloseable {

    /** Says on the terminal what happens, between the lines of the run. */
    record Words(PrintWriter out, PrintWriter err, boolean quiet, Watch watch) implements Tracking.Listener {

        @Override
        public void tell(String line) {
            if (!quiet) {
                say(out, line);
            }
        }

        @Override
        public void warn(String line) {
            say(err, line);
        }

        private void say(PrintWriter to, String line) {
            watch.clearBar();
            to.println(line);
            to.flush();
        }
    }

    static Tracked not() {
        return new Tracked(Optional.empty());
    }

    /** An address that is none is no reason not to run: what it would have got can be sent later. */
    static Tracked begin(Path run, TrackingArguments arguments, Words words) {
        String later = "`" + Sync.line(run) + "`";
        try {
            Optional<Target> target = arguments.target();
            if (target.isEmpty()) {
                words.tell("MLflow: no server is set (" + Target.URI_VARIABLE + " or --tracking-uri), so the run stays local; " + later + " can send it later");
            }
            return new Tracked(target.map(t -> Tracking.begin(run, new Wish(t, arguments.experiment(), arguments.register()), words)));
        } catch (InputException e) {
            words.warn(e.getMessage() + "\n    The run goes on without MLflow; " + later + " can send it later");
            return not();
        }
    }

    @Override
    public void close() {
        tracking.ifPresent(Tracking::close);
    }
}
