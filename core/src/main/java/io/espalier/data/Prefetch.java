package io.espalier.data;

import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/**
 * Takes the elements of a source in a daemon thread of its own, one ahead of the reader. For one reader.
 *
 * @param <T> what is taken; never null
 */
final class Prefetch<T> implements AutoCloseable {

    /** How long the reader waits before it looks whether the thread has ended by what its source threw. */
    private static final long LOOK_MILLISECONDS = 50;

    /** Elements, and at the end an empty one. */
    private final BlockingQueue<Optional<T>> ready = new ArrayBlockingQueue<>(1);
    private final Thread thread;
    private volatile Throwable failure;
    private Optional<T> last;
    private boolean closed;

    /** Starts at once. */
    Prefetch(String name, Iterator<T> source) {
        thread = new Thread(() -> deliver(source), name);
        thread.setDaemon(true);
        thread.start();
    }

    private void deliver(Iterator<T> source) {
        try {
            while (source.hasNext()) {
                ready.put(Optional.of(source.next()));
            }
            ready.put(Optional.empty());
        } catch (InterruptedException closing) {
            // The reader has gone: close() interrupts, and nothing is left to be done.
            Thread.currentThread().interrupt();
        } catch (Throwable cause) {
            // Errors too: else the reader would wait for ever. Left where the reader looks, since the queue takes room on the heap, and
            // it may be the heap that is full.
            failure = cause;
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
        if (last == null || last.isPresent()) {
            last = await();
        }
        return last;
    }

    private Optional<T> await() {
        try {
            while (true) {
                // Asked before the queue is: what the thread put there last is not missed.
                boolean ended = !thread.isAlive();
                Optional<T> next = ready.poll(ended ? 0 : LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    return next;
                }
                if (ended) {
                    throw failure == null ? new IllegalStateException(thread.getName() + " was interrupted") : Prefetch.<RuntimeException>asIs(failure);
                }
            }
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
