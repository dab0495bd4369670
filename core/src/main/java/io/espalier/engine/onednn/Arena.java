package io.espalier.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;

/** Where in one piece of memory all that a plan computes lies. Storages whose times of life overlap lie beside each other. */
final class Arena {

    /** Cache line and widest vector. */
    private static final long ALIGNMENT = 64;

    private final Map<Storage, Long> offsets;
    private final long bytes;

    private Arena(Map<Storage, Long> offsets, long bytes) {
        this.offsets = offsets;
        this.bytes = bytes;
    }

    /** Gives each storage its offset: the largest first, each as low as what lives at the same time lets it. */
    static Arena of(List<Storage> storages) {
        List<Storage> largestFirst = storages.stream()
                .filter(Storage::needsPlace)
                .distinct()
                .sorted(Comparator.comparingLong(Storage::bytes).reversed())
                .toList();
        Map<Storage, Long> offsets = new LinkedHashMap<>();
        long end = 0;
        for (Storage storage : largestFirst) {
            long offset = lowest(storage, offsets);
            offsets.put(storage, offset);
            end = Math.max(end, offset + aligned(storage.bytes()));
        }
        return new Arena(offsets, end);
    }

    private static long lowest(Storage storage, Map<Storage, Long> placed) {
        List<Map.Entry<Storage, Long>> inTheWay = new ArrayList<>();
        for (Map.Entry<Storage, Long> other : placed.entrySet()) {
            if (other.getKey().livesWith(storage)) {
                inTheWay.add(other);
            }
        }
        inTheWay.sort(Map.Entry.comparingByValue());
        long offset = 0;
        for (Map.Entry<Storage, Long> other : inTheWay) {
            if (offset + aligned(storage.bytes()) <= other.getValue()) {
                break;
            }
            offset = Math.max(offset, other.getValue() + aligned(other.getKey().bytes()));
        }
        return offset;
    }

    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    long bytes() {
        return bytes;
    }

    /** What a block needs that it is to lie in, wherever that begins. */
    long room() {
        return bytes + ALIGNMENT;
    }

    /** Says of each storage where it is. */
    void lieIn(BytePointer memory) {
        long start = Math.floorMod(-memory.address(), ALIGNMENT);
        offsets.forEach((storage, offset) -> storage.placeAt(memory.getPointer(BytePointer.class, start + offset)));
    }
}
