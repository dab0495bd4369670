package io.espalier.routes.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C during a run: ends the current step, waits for that, and says how to go on. */
final class Interruption implements AutoCloseable {

    /** What a shell expects of a process that was interrupted; Java itself ends with it. */
    static final int EXIT_CODE = 130;

    private static final long PATIENCE_SECONDS = 300;

    private final OpenRun run;
    private final PrintWriter err;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "interruption");
    private volatile boolean requested;

    private Interruption(OpenRun run, PrintWriter err) {
        this.run = run;
        this.err = err;
    }

    /** Watches until it is closed. */
    static Interruption of(OpenRun run, PrintWriter err) {
        Interruption interruption = new Interruption(run, err);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    boolean requested() {
        return requested;
    }

    /** What the hook does; a test calls it by itself. */
    void interrupt() {
        requested = true;
        err.println();
        err.println("Stopping at the end of this step.");
        err.flush();
        run.interrupt();
        boolean stopped = false;
        try {
            stopped = ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        err.println(stopped ? "Stopped. Every finished stage is kept; go on with" : "The step did not end, and is broken off. Go on with");
        err.println("    " + new RunFiles(run.directory()).resumeLine());
        err.flush();
    }

    /** Ctrl-C is the process' own affair again. Whether that came in time: not when the process is ending already. */
    boolean withdraw() {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Override
    public void close() {
        ended.countDown();
        if (!requested) {
            withdraw();
        }
    }
}
