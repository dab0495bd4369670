package io.espalier.engine.onednn;

import io.espalier.engine.TrainingException;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory that tensors may still take.
 *
 * @param free bytes
 * @param limit bytes of all tensors together
 */
record Budget(long free, long limit) {

    private static final double MEGABYTE = 1 << 20;

    /** What JavaCPP's limit, on whose side ND4J is too, leaves. */
    static Budget now() {
        long limit = Pointer.maxBytes();
        return limit <= 0 ? new Budget(Long.MAX_VALUE, Long.MAX_VALUE) : new Budget(limit - Pointer.totalBytes(), limit);
    }

    /**
     * @param what for whom, for people
     * @param activations bytes that are asked for
     * @param weights bytes that are taken already
     * @throws TrainingException when that is more than is left
     */
    void require(String what, long activations, long weights) {
        if (activations > free) {
            throw new TrainingException(String.format(Locale.ROOT,
                    "%s needs %.0f MB between the layers, beside %.0f MB of weights, and %.0f MB are left of the %.0f MB that tensors may take"
                            + "%n    give a smaller batch=, or more memory: ESPALIER_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=%.0fm",
                    what, activations / MEGABYTE, weights / MEGABYTE, Math.max(0, free) / MEGABYTE, limit / MEGABYTE,
                    Math.ceil((limit - free + activations) * 1.25 / MEGABYTE)));
        }
    }
}
