package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PrefetchTest {

    @Test
    void theNextElementIsTakenBeforeItIsAskedFor() throws InterruptedException {
        CountDownLatch taken = new CountDownLatch(1);
        Iterator<Integer> source = IntStream.range(0, 3).peek(i -> taken.countDown()).iterator();
        try (Prefetch<Integer> prefetch = new Prefetch<>("test", source)) {
            assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(List.of(prefetch.next(), prefetch.next(), prefetch.next())).map(o -> o.orElseThrow()).containsExactly(0, 1, 2);
            assertThat(prefetch.next()).isEmpty();
            assertThat(prefetch.next()).isEmpty();
        }
    }

    @Test
    void anErrorOfTheThreadIsThrownAsItIs() {
        OutOfMemoryError error = new OutOfMemoryError("no room for the next batch");
        Iterator<Integer> source = IntStream.range(0, 2)
                .map(i -> {
                    if (i == 1) {
                        throw error;
                    }
                    return i;
                })
                .iterator();
        try (Prefetch<Integer> prefetch = new Prefetch<>("test", source)) {
            assertThat(prefetch.next()).contains(0);
            assertThatThrownBy(prefetch::next).isSameAs(error);
        }
    }

    /** As one that finds no room on the heap for handing anything over. */
    @Test
    void aThreadThatEndsAndHandsNothingOverDoesNotKeepTheReaderWaiting() {
        Iterator<Integer> source = IntStream.range(0, 1).peek(i -> Thread.currentThread().interrupt()).iterator();
        try (Prefetch<Integer> prefetch = new Prefetch<>("test", source)) {
            assertThatThrownBy(prefetch::next).isInstanceOf(IllegalStateException.class).hasMessage("test was interrupted");
        }
    }

    @Test
    void anInterruptedReaderStopsWaiting() {
        CountDownLatch never = new CountDownLatch(1);
        Iterator<Integer> stuck = IntStream.range(0, 1)
                .map(i -> {
                    try {
                        never.await();
                    } catch (InterruptedException closing) {
                        Thread.currentThread().interrupt();
                    }
                    return i;
                })
                .iterator();
        try (Prefetch<Integer> prefetch = new Prefetch<>("test", stuck)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(prefetch::next).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).as("the mark is kept for the caller").isTrue();
        }
    }
}
