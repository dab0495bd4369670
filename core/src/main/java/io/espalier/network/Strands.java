package io.espalier.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Channels followed through a network. A strand starts where a layer makes a channel and is handed on by whatever leaves
 * channels apart; strands that must go together are joined, strands that must stay are pinned. A union-find.
 */
final class Strands {

    private final List<Integer> parents = new ArrayList<>();
    /** Name of the layer that makes a strand; null for those of constants, which are nobody's. */
    private final List<String> makers = new ArrayList<>();
    /** Why a strand stays, by the strand at the root; null for one that may go. */
    private final List<String> pins = new ArrayList<>();

    /** New strands of channels that a layer computes. */
    int[] made(String layer, int count) {
        return fresh(layer, null, count);
    }

    /** New strands of channels that hold a constant: they go when what they are joined with goes, and never alone. */
    int[] constant(int count) {
        return fresh(null, null, count);
    }

    /** New strands that stay. */
    int[] pinned(int count, String why) {
        return fresh(null, why, count);
    }

    private int[] fresh(String maker, String pin, int count) {
        int[] strands = new int[count];
        for (int i = 0; i < count; i++) {
            strands[i] = parents.size();
            parents.add(parents.size());
            makers.add(maker);
            pins.add(pin);
        }
        return strands;
    }

    /** The strand that stands for all that are joined with this one: the first that a layer makes, if one does. */
    int root(int strand) {
        int root = strand;
        while (parents.get(root) != root) {
            root = parents.get(root);
        }
        for (int next = strand; next != root; ) {
            next = parents.set(next, root);
        }
        return root;
    }

    /** Both go, or neither. */
    void join(int one, int other) {
        int a = root(one);
        int b = root(other);
        if (a == b) {
            return;
        }
        boolean aStands = (makers.get(a) == null) == (makers.get(b) == null) ? a < b : makers.get(a) != null;
        int root = aStands ? a : b;
        int joined = aStands ? b : a;
        parents.set(joined, root);
        if (pins.get(root) == null) {
            pins.set(root, pins.get(joined));
        }
    }

    /** They stay. The first reason given is the one that is remembered. */
    void pin(int[] strands, String why) {
        for (int strand : strands) {
            int root = root(strand);
            if (pins.get(root) == null) {
                pins.set(root, why);
            }
        }
    }

    /** Why a strand stays, if it must. */
    Optional<String> pin(int strand) {
        return Optional.ofNullable(pins.get(root(strand)));
    }

    /** The layer that makes the first of the strands joined with this one; empty for constants. */
    Optional<String> maker(int strand) {
        return Optional.ofNullable(makers.get(root(strand)));
    }
}
