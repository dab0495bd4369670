package io.espalier.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Memory that the plans of a program compute in. They run one after the other and leave nothing there for their next run, so a block
 * serves every plan that it is large enough for; it is freed when the last of them is closed.
 */
final class Scratch {

    /** Memory that plans share. */
    final class Block {

        private final PointerScope scope;
        private final BytePointer memory;
        private final long bytes;
        private int plans;

        private Block(long bytes) {
            try (PointerScope inner = new PointerScope()) {
                this.memory = new BytePointer(bytes);
                this.bytes = bytes;
                // Only leaves the stack of scopes: the block outlives the plan that it is made for.
                this.scope = inner.extend();
            }
        }

        BytePointer memory() {
            return memory;
        }

        /** By each plan that took it, once. */
        void release() {
            plans--;
            if (plans == 0) {
                blocks.remove(this);
                scope.close();
            }
        }
    }

    private final List<Block> blocks = new ArrayList<>();

    /** Whether {@link #take} needs no new memory. */
    boolean has(long bytes) {
        return blocks.stream().anyMatch(block -> block.bytes >= bytes);
    }

    /** The smallest block that there is of at least so many bytes, or a new one. To be released by who takes it. */
    Block take(long bytes) {
        Block block = blocks.stream()
                .filter(b -> b.bytes >= bytes)
                .min(Comparator.comparingLong(b -> b.bytes))
                .orElseGet(() -> added(bytes));
        block.plans++;
        return block;
    }

    private Block added(long bytes) {
        Block block = new Block(bytes);
        blocks.add(block);
        return block;
    }
}
