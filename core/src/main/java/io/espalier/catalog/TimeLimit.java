package io.espalier.catalog;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * How long a call of somebody else's code may take. A call with a limit runs in a thread of its own: Java cannot end a thread
 * that does not want to, so one that hangs is left behind, as a daemon that ends with the process.
 */
public final class TimeLimit {

    private static final TimeLimit NONE = new TimeLimit(Optional.empty());

    private final Optional<Duration> limit;

    private TimeLimit(Optional<Duration> limit) {
        this.limit = limit;
    }

    /** Calls take as long as they take, in the caller's own thread. */
    public static TimeLimit none() {
        return NONE;
    }

    /** @throws IllegalArgumentException when the limit is not above 0 */
    public static TimeLimit of(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("a time limit is above 0, not " + limit);
        }
        return new TimeLimit(Optional.of(limit));
    }

    /** A call that did not end in time. */
    public static final class ExceededException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Duration limit;
        private final String where;

        private ExceededException(Duration limit, String where) {
            super("was not done after " + limit.toSeconds() + " s, at " + where);
            this.limit = limit;
            this.where = where;
        }

        public Duration limit() {
            return limit;
        }

        /** The place in the code where it was, as stack traces write it. */
        public String where() {
            return where;
        }
    }

    /**
     * What the call gives, or throws.
     *
     * @throws ExceededException when it takes longer
     */
    public <T> T call(Supplier<T> call) {
        return limit.isEmpty() ? call.get() : within(limit.get(), call);
    }

    private static <T> T within(Duration limit, Supplier<T> call) {
        FutureTask<T> task = new FutureTask<>(call::get);
        Thread thread = new Thread(task, "call with a time limit");
        thread.setDaemon(true);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            String where = place(thread.getStackTrace());
            thread.interrupt();
            throw new ExceededException(limit, where);
        } catch (ExecutionException e) {
            throw asThrown(e.getCause());
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while it waited for a call with a time limit", e);
        }
    }

    private static RuntimeException asThrown(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        // A supplier throws nothing that is checked.
        return (RuntimeException) thrown;
    }

    /** The topmost place of a stack that is neither Java's nor Espalier's own, for example {@code mine.Sharpness.score(Sharpness.java:20)}. */
    public static String place(StackTraceElement[] stack) {
        return Arrays.stream(stack)
                .filter(TimeLimit::isOfAPlugin)
                .findFirst()
                .or(() -> Arrays.stream(stack).findFirst())
                .map(StackTraceElement::toString)
                .orElse("an unknown place");
    }

    private static boolean isOfAPlugin(StackTraceElement element) {
        String type = element.getClassName();
        return element.getModuleName() == null && !SharedPackages.hold(type) && !type.startsWith("io.espalier.testkit.");
    }
}
