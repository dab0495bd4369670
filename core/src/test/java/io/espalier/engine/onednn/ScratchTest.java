package io.espalier.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class ScratchTest {

    private static final long MEGABYTE = 1 << 20;

    private final Scratch scratch = new Scratch();

    @Test
    void whatFitsIntoABlockGetsTheSmallestThatThereIs() {
        Scratch.Block large = scratch.take(4 * MEGABYTE);
        Scratch.Block larger = scratch.take(8 * MEGABYTE);
        assertThat(larger).isNotSameAs(large);
        assertThat(scratch.has(8 * MEGABYTE)).isTrue();
        assertThat(scratch.has(8 * MEGABYTE + 1)).isFalse();
        assertThat(scratch.take(MEGABYTE)).isSameAs(large);
        assertThat(scratch.take(5 * MEGABYTE)).isSameAs(larger);
    }

    @Test
    void aBlockIsFreedByTheLastThatHasIt() {
        long before = Pointer.totalBytes();
        Scratch.Block block = scratch.take(4 * MEGABYTE);
        Scratch.Block again = scratch.take(4 * MEGABYTE);
        block.release();
        assertThat(Pointer.totalBytes() - before).isEqualTo(4 * MEGABYTE);
        assertThat(scratch.has(MEGABYTE)).isTrue();
        again.release();
        assertThat(Pointer.totalBytes()).isEqualTo(before);
        assertThat(scratch.has(1)).isFalse();
    }
}
