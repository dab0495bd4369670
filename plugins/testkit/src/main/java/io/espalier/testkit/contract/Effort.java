package io.espalier.testkit.contract;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;

/** Time and memory of a call: the median of several, after one that is not counted. */
final class Effort {

    private static final int CALLS = 3;

    private Effort() {}

    static String of(Supplier<?> call) {
        call.get();
        double[] milliseconds = new double[CALLS];
        long[] heap = new long[CALLS];
        long[] tensors = new long[CALLS];
        for (int i = 0; i < CALLS; i++) {
            long allocated = allocated();
            long held = Pointer.totalBytes();
            long start = System.nanoTime();
            call.get();
            milliseconds[i] = (System.nanoTime() - start) / 1e6;
            heap[i] = allocated() - allocated;
            tensors[i] = Math.max(0, Pointer.totalBytes() - held);
        }
        return String.format(Locale.ROOT, "%.1f ms, %.2f MB of heap, %.2f MB of tensors",
                Arrays.stream(milliseconds).sorted().toArray()[CALLS / 2], median(heap) / 1e6, median(tensors) / 1e6);
    }

    private static long median(long[] values) {
        return Arrays.stream(values).sorted().toArray()[CALLS / 2];
    }

    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads ? threads.getCurrentThreadAllocatedBytes() : 0;
    }
}
