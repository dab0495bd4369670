package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** How a command that failed says so, and the exit code it ends with. */
final class Failure {

    static final int RUN = 1;
    static final int INPUT = 2;

    private Failure() {}

    static int report(Exception exception, boolean verbose, PrintWriter err) {
        boolean known = exception instanceof InputException || exception instanceof RunFailedException;
        err.println(known ? exception.getMessage() : "something went wrong that should not have: " + exception);
        if (verbose) {
            exception.printStackTrace(err);
        } else if (!known) {
            err.println("    " + kept(exception));
        }
        err.flush();
        return exception instanceof InputException ? INPUT : RUN;
    }

    /** An error of the program itself: its trace is for whoever mends the program, not for the terminal. */
    private static String kept(Exception exception) {
        try {
            Path file = Files.createTempFile("espalier-error-", ".txt");
            try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
                exception.printStackTrace(writer);
            }
            return "where it happened is in " + file + "; please report it with that file";
        } catch (IOException e) {
            exception.addSuppressed(e);
            return "run it again with --verbose to see where it happened, and please report it";
        }
    }
}
