package io.espalier.engine.onednn;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory that one or several tensors lie in. What a plan computes lies in the plan's arena, where memory is used again
 * once nothing reads it any more; what outlives a run (weights, images) has its place from elsewhere.
 */
final class Storage {

    private static final int UNUSED = -1;

    private final long bytes;
    private final boolean planned;
    private int first = UNUSED;
    private int last = UNUSED;
    private Storage host;
    private Pointer place;

    private Storage(long bytes, boolean planned) {
        this.bytes = bytes;
        this.planned = planned;
    }

    /** In the plan's arena. */
    static Storage planned(long bytes) {
        return new Storage(bytes, true);
    }

    /** Somewhere that the plan does not decide. */
    static Storage elsewhere(long bytes, Pointer place) {
        Storage storage = new Storage(bytes, false);
        storage.place = place;
        return storage;
    }

    /** Notes that an instruction reads or writes it; instructions come in order. */
    void usedBy(int instruction) {
        first = first == UNUSED ? instruction : first;
        last = instruction;
    }

    /**
     * Lies where another one lies, if that one is not read any more after the instruction that reads it and writes this.
     * To be called when all uses are known, in the order of the instructions.
     */
    void takePlaceOf(Storage other, int instruction) {
        Storage root = other.root();
        if (planned && root.planned && host == null && root != this && first == instruction && root.last == instruction
                && bytes <= root.bytes) {
            host = root;
            root.last = last;
        }
    }

    private Storage root() {
        return host == null ? this : host.root();
    }

    /** Whether the arena must hold it, and not just what hosts it. */
    boolean needsPlace() {
        return planned && host == null && first != UNUSED;
    }

    boolean livesWith(Storage other) {
        return first <= other.last && other.first <= last;
    }

    long bytes() {
        return bytes;
    }

    void placeAt(BytePointer where) {
        place = where;
    }

    Pointer place() {
        return root().place;
    }
}
