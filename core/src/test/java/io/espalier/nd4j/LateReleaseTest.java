package io.espalier.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.memory.Deallocatable;
import org.nd4j.linalg.api.memory.Deallocator;
import org.nd4j.linalg.factory.Nd4j;

class LateReleaseTest {

    /** What ND4J frees when it is garbage, such as a tensor. */
    private record Garbage(Deallocator deallocator) implements Deallocatable {

        @Override
        public String getUniqueId() {
            return "garbage-" + System.identityHashCode(deallocator);
        }

        @Override
        public int targetDevice() {
            return 0;
        }
    }

    @BeforeAll
    static void install() {
        LateRelease.install();
    }

    private static WeakReference<Garbage> dropped(Deallocator deallocator) {
        Garbage garbage = new Garbage(deallocator);
        Nd4j.getDeallocatorService().pickObject(garbage);
        return new WeakReference<>(garbage);
    }

    private static void collected(WeakReference<Garbage> garbage) {
        while (garbage.get() != null) {
            System.gc();
        }
    }

    @Test
    void garbageIsNotFreedAtOnceButInTheEnd() throws InterruptedException {
        CountDownLatch released = new CountDownLatch(1);
        collected(dropped(released::countDown));
        assertThat(released.await(200, TimeUnit.MILLISECONDS)).as("freed while an operation may read it").isFalse();
        assertThat(released.await(60, TimeUnit.SECONDS)).as("freed in the end").isTrue();
    }

    @Test
    void aFullHeapDoesNotEndTheFreeing() throws InterruptedException {
        CountDownLatch full = new CountDownLatch(1);
        collected(dropped(() -> {
            full.countDown();
            throw new OutOfMemoryError("thrown by a test");
        }));
        assertThat(full.await(60, TimeUnit.SECONDS)).isTrue();
        CountDownLatch released = new CountDownLatch(1);
        collected(dropped(released::countDown));
        assertThat(released.await(60, TimeUnit.SECONDS)).as("freed after the heap was full").isTrue();
    }
}
