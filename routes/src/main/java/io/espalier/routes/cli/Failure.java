package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.run.MemoryShortage;
import io.espalier.run.PluginFaultException;
import io.espalier.run.RunDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a command that failed says so, and the exit code it ends with.
 *
 * @param err where to
 * @param verbose whether the user wants to see where in the program it happened
 */
record Failure(PrintWriter err, boolean verbose) {

    static final int RUN = 1;
    static final int INPUT = 2;

    private static final String TRACE = "error.txt";

    /** Reports a failure outside any run. */
    int report(Throwable thrown) {
        return report(thrown, Optional.empty());
    }

    /** Reports a failure of a run that had begun, and how to go on with it. */
    int report(Throwable thrown, Path run) {
        return report(thrown, Optional.of(run));
    }

    private int report(Throwable thrown, Optional<Path> run) {
        String message = message(thrown);
        err.println(message);
        if (verbose) {
            thrown.printStackTrace(err);
        } else if (isFaultOfAProgram(thrown)) {
            err.println("    " + kept(thrown, run));
        }
        run.map(RunDirectory::resumeLine).filter(line -> !message.contains(line)).ifPresent(line -> {
            err.println("Every finished stage is kept; go on with");
            err.println("    " + line);
        });
        err.flush();
        return thrown instanceof InputException ? INPUT : RUN;
    }

    private static String message(Throwable thrown) {
        if (isSaid(thrown)) {
            return thrown.getMessage();
        }
        return MemoryShortage.behind(thrown).map(MemoryShortage::text).orElse("something went wrong that should not have: " + thrown);
    }

    private static boolean isSaid(Throwable thrown) {
        return thrown instanceof InputException || thrown instanceof RunFailedException;
    }

    private static boolean isFaultOfAProgram(Throwable thrown) {
        return thrown instanceof PluginFaultException || !isSaid(thrown) && MemoryShortage.behind(thrown).isEmpty();
    }

    /** The trace of such a fault is for whoever mends the program, not for the terminal. */
    private static String kept(Throwable thrown, Optional<Path> run) {
        try {
            Path file = run.isPresent() ? run.get().resolve(TRACE) : Files.createTempFile("espalier-error-", ".txt");
            try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
                thrown.printStackTrace(writer);
            }
            return "where it happened is in " + file + "; please report it with that file";
        } catch (IOException e) {
            thrown.addSuppressed(e);
            return "run it again with --verbose to see where it happened, and please report it";
        }
    }
}
