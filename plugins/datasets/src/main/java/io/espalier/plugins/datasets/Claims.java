package io.espalier.plugins.datasets;

import io.espalier.api.InputException;

/** What a header may claim before memory is taken for it. */
final class Claims {

    /** Deflate makes at most so many bytes of one. Source: zlib's technical notes, 1032:1. */
    private static final long LARGEST_RATIO = 1032;

    /** Share of the Java heap that the pixels of one file may take. */
    private static final double SHARE_OF_HEAP = 0.75;

    private Claims() {}

    /** Refuses a claim that so many packed bytes cannot hold. */
    static void requireUnpackable(String place, long claimed, long packed) {
        if (claimed / LARGEST_RATIO > packed) {
            throw new InputException(place + " is truncated or damaged: its header promises " + claimed + " bytes, more than the "
                    + packed + " packed bytes can hold; fetch it again");
        }
    }

    /** Refuses what does not fit into memory. */
    static void requireMemory(String place, long bytes) {
        long heap = Runtime.getRuntime().maxMemory();
        if (bytes > heap * SHARE_OF_HEAP) {
            throw new InputException(place + " holds " + (bytes >> 20) + " MiB of pixels, too much for a Java heap of "
                    + (heap >> 20) + " MiB; give Java more (-Xmx) or take a smaller file");
        }
    }
}
