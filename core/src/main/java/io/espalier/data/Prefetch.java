package io.espalier.data;

import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;

/**
 * Takes the elements of a source in a daemon thread of its own, one ahead of the reader. For one reader.
 *
 * @param <T> what is taken; never null
 */
final class Prefetch<T> implements AutoCloseable {

    private sealed interface Delivery<T> {}

    private record Element<T>(T value) implements Delivery<T> {}

    private record End<T>() implements Delivery<T> {}

    private record Failure<T>(Throwable cause) implements Delivery<T> {}

    private final BlockingQueue<Delivery<T>> ready = new ArrayBlockingQueue<>(1);
    private final Thread thread;
    private Delivery<T> last;
    private boolean closed;

    /** Starts at once. */
    Prefetch(String name, Iterator<T> source) {
        thread = new Thread(() -> deliver(source), name);
        thread.setDaemon(true);
        thread.start();
    }

    private void deliver(Iterator<T> source) {
        try {
            Delivery<T> delivery;
            do {
                delivery = take(source);
                ready.put(delivery);
            } while (delivery instanceof Element);
        } catch (InterruptedException closing) {
            // The reader has gone: close() interrupts, and nothing is left to be done.
            Thread.currentThread().interrupt();
        }
    }

    // Whatever is thrown here must reach the reader, errors too: else it would wait for ever.
    private static <T> Delivery<T> take(Iterator<T> source) {
        try {
            return source.hasNext() ? new Element<>(source.next()) : new End<>();
        } catch (Throwable cause) {
            return new Failure<>(cause);
        }
    }

    /**
     * The next element, empty at the end. What the source threw is thrown here, by this and all later calls.
     *
     * @throws CancellationException when the calling thread is interrupted while it waits
     * @throws IllegalStateException after {@link #close()}
     */
    Optional<T> next() {
        if (closed) {
            throw new IllegalStateException("closed already");
        }
        if (last == null || last instanceof Element) {
            last = await();
        }
        if (last instanceof Failure<T> failure) {
            throw Prefetch.<RuntimeException>asIs(failure.cause());
        }
        return last instanceof Element<T> element ? Optional.of(element.value()) : Optional.empty();
    }

    private Delivery<T> await() {
        try {
            return ready.take();
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while waiting for a batch");
            cancelled.initCause(interruption);
            throw cancelled;
        }
    }

    // The source declares no checked exception, so what it threw may be thrown here as it is.
    @SuppressWarnings("unchecked")
    private static <X extends Throwable> X asIs(Throwable cause) throws X {
        throw (X) cause;
    }

    /** Ends the thread. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    boolean isRunning() {
        return thread.isAlive();
    }
}
