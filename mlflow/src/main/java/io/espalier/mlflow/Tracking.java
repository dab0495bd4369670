package io.espalier.mlflow;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * Sends a run to a server while it goes on, by a thread of its own that only reads what the run writes: whatever the server
 * does, the run neither waits nor fails. Closed when the run has ended.
 */
public final class Tracking implements AutoCloseable {

    /**
     * How long is waited for what.
     *
     * @param look between two looks at the journal
     * @param again first pause after a trouble; each further one is twice as long
     * @param still how long the end of a run waits for a server that does nothing
     * @param longest how long it waits for one that is at work
     */
    record Pace(Duration look, Duration again, Duration still, Duration longest) {

        static final Pace USUAL = new Pace(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(4), Duration.ofSeconds(30));
        private static final int MOST_TIMES = 16;

        long pause(int failures) {
            return again.toMillis() * Math.min(MOST_TIMES, 1L << Math.min(10, failures - 1));
        }
    }

    /** Who is told. */
    public interface Listener {

        /** Where the run is to be seen, and that all of it is there. */
        void tell(String line);

        /** What keeps the server from having it; each kind once. */
        void warn(String line);
    }

    private static final Duration RELEASE = Duration.ofSeconds(1);

    private final Path directory;
    private final Server server;
    private final Listener listener;
    private final Pace pace;
    private final Position start;
    private final Thread thread;
    private final Set<Trouble.Kind> said = EnumSet.noneOf(Trouble.Kind.class);
    private boolean over;
    private volatile boolean troubled;
    private volatile boolean complete;

    private Tracking(Path directory, Server server, Position start, Pace pace, Listener listener) {
        this.directory = directory;
        this.server = server;
        this.start = start;
        this.pace = pace;
        this.listener = listener;
        this.thread = new Thread(this::send, "mlflow");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
    }

    /**
     * Begins to send a run.
     *
     * @param directory of the run
     * @param wish where to
     * @param listener called by another thread
     */
    public static Tracking begin(Path directory, Wish wish, Listener listener) {
        return begin(directory, wish, Pace.USUAL, listener);
    }

    static Tracking begin(Path directory, Wish wish, Pace pace, Listener listener) {
        Tracking tracking = new Tracking(directory, new Server(wish.target()), wish.position(directory), pace, listener);
        tracking.thread.start();
        return tracking;
    }

    private void send() {
        try (server; Sender sender = open()) {
            int failures = 0;
            boolean done;
            do {
                boolean wasOver = isOver();
                try {
                    sender.pass(false);
                    failures = 0;
                    troubled = false;
                } catch (Trouble e) {
                    troubled = true;
                    failures++;
                    tell(e);
                    if (e.isLasting()) {
                        return;
                    }
                }
                done = wasOver && failures == 0;
                complete = done && sender.isComplete();
            } while (!done && await(failures == 0 ? pace.look().toMillis() : pace.pause(failures)));
        } catch (Trouble e) {
            troubled = true;
            tell(e);
        } catch (RuntimeException | Error e) {
            // Whatever it is, it is none of the run's business; the journal has everything.
            troubled = true;
            listener.warn("sending to MLflow failed: " + e + "\n    " + syncLine());
        }
    }

    private Sender open() {
        start.write(directory);
        return new Sender(directory, server, start, listener::tell);
    }

    private synchronized boolean isOver() {
        return over;
    }

    /** Whether to go on. The end of the run wakes it. */
    private synchronized boolean await(long milliseconds) {
        try {
            if (!over) {
                wait(milliseconds);
            } else if (troubled) {
                Thread.sleep(milliseconds);
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void tell(Trouble trouble) {
        if (trouble.kind() != Trouble.Kind.STOPPED && said.add(trouble.kind())) {
            listener.warn(trouble.getMessage() + "\n    The run goes on without it; " + syncLine());
        }
    }

    private String syncLine() {
        return "`" + Sync.line(directory) + "` sends what is missing";
    }

    /** Waits for the last values only as long as the server takes them; what is missing then is left to {@code sync}. */
    @Override
    public void close() {
        synchronized (this) {
            over = true;
            notifyAll();
        }
        boolean stopped = !finish();
        release();
        if (complete && !stopped) {
            listener.tell("MLflow has all of this run");
        } else if (said.isEmpty()) {
            listener.warn("MLflow at " + server.target().uri() + " has not taken all of this run yet; " + syncLine());
        } else {
            listener.warn("MLflow does not have all of this run; " + syncLine());
        }
    }

    /** So that whoever comes next can send the run. */
    private void release() {
        thread.interrupt();
        try {
            thread.join(RELEASE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the thread came to its end. */
    private boolean finish() {
        long begin = System.nanoTime();
        long seen = server.progress();
        long seenAt = begin;
        try {
            while (thread.isAlive() && !troubled) {
                thread.join(20);
                long now = System.nanoTime();
                if (server.progress() != seen) {
                    seen = server.progress();
                    seenAt = now;
                }
                if (now - seenAt > pace.still().toNanos() || now - begin > pace.longest().toNanos()) {
                    return false;
                }
            }
            return !thread.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
