package io.espalier.routes.cli;

import io.espalier.run.RunDirectory;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C during a run: ends the current step, waits for that, and says how to go on. */
final class Interruption implements AutoCloseable {

    /** What a shell expects of a process that was interrupted; Java itself ends with it. */
    static final int EXIT_CODE = 130;

    private static final long PATIENCE_SECONDS = 300;

    private final OpenRun run;
    private final Watch watch;
    private final PrintWriter err;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "interruption");
    private volatile boolean requested;
    private volatile boolean stopped;

    private Interruption(OpenRun run, Watch watch, PrintWriter err) {
        this.run = run;
        this.watch = watch;
        this.err = err;
    }

    /** Watches until it is closed, which must be after the run is. */
    static Interruption of(OpenRun run, Watch watch, PrintWriter err) {
        Interruption interruption = new Interruption(run, watch, err);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** The run did as it was told, rather than coming to an end of its own just then. */
    void stopped() {
        stopped = true;
    }

    /** What the hook does; a test calls it by itself. */
    void interrupt() {
        requested = true;
        watch.clearBar();
        err.println();
        err.println("Stopping at the end of this step (kill -9 " + ProcessHandle.current().pid() + " loses only this stage).");
        err.flush();
        run.interrupt();
        if (!awaitEnd()) {
            goOn("The step did not end, and is broken off. Go on with");
        } else if (stopped) {
            goOn("Stopped. Every finished stage is kept; go on with");
        }
    }

    private boolean awaitEnd() {
        try {
            return ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void goOn(String how) {
        err.println(how);
        err.println("    " + RunDirectory.resumeLine(run.directory()));
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
