package io.espalier.run;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Want of memory, which shows in many ways: as Java's own error for the heap, as the same error from JavaCPP for tensors
 * beyond its limit, as an unchecked exception of ND4J for what the system or a device refuses.
 *
 * @param what was said of it
 * @param heap whether it is Java's heap that is too small, rather than the memory of tensors
 */
public record MemoryShortage(String what, boolean heap) {

    /** What native code says when it gets no memory, in lower case. */
    private static final List<String> NATIVE = List.of("failed to allocate", "cannot allocate new", "allocation failed", "workspace is full");

    private static final long MEGABYTE = 1 << 20;

    /** The shortage that something thrown comes from, if it comes from one. */
    public static Optional<MemoryShortage> behind(Throwable thrown) {
        MemoryShortage found = null;
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            String what = String.valueOf(t.getMessage());
            if (isNative(what)) {
                return Optional.of(new MemoryShortage(what, false));
            }
            if (t instanceof OutOfMemoryError) {
                found = new MemoryShortage(what, true);
            }
        }
        return Optional.ofNullable(found);
    }

    private static boolean isNative(String what) {
        return NATIVE.stream().anyMatch(what.toLowerCase(Locale.ROOT)::contains);
    }

    /** What happened, and on a line of its own how to mend it. */
    public String text() {
        long most = Runtime.getRuntime().maxMemory() / MEGABYTE;
        return heap
                ? "ran out of Java's heap, which may take " + most + " MB here: " + what
                        + "\n    use fewer images, or give it more: ESPALIER_JAVA_OPTS=-Xmx" + 2 * most + "m"
                : "ran out of memory for tensors: " + what
                        + "\n    give a smaller batch=, or more memory: ESPALIER_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=8g";
    }
}
