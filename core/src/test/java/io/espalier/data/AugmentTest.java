package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AugmentTest {

    private static final ImageShape WIDE = new ImageShape(1, 1, 3);

    @Test
    void flippingMirrorsAboutHalfOfTheImages() {
        Random random = new Random(Samples.SEED);
        int mirrored = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] image = Augment.FLIP.apply(new byte[] {1, 2, 3}, WIDE, random);
            assertThat(Arrays.toString(image)).isIn("[1, 2, 3]", "[3, 2, 1]");
            mirrored += image[0] == 3 ? 1 : 0;
        }
        assertThat(mirrored).isBetween(430, 570);
    }

    @Test
    void shiftingMovesThe32PixelsOfCifarByUpTo4EachWayAndFillsWithBlack() {
        ImageShape shape = new ImageShape(2, 32, 32);
        byte[] dot = new byte[shape.length()];
        dot[1024 + 16 * 32 + 16] = 7;
        Random random = new Random(Samples.SEED);
        TreeSet<Integer> rows = new TreeSet<>();
        TreeSet<Integer> columns = new TreeSet<>();
        for (int i = 0; i < 1000; i++) {
            byte[] moved = Augment.SHIFT.apply(dot, shape, random);
            int at = indexOf(moved, 7) - 1024;
            rows.add(at / 32);
            columns.add(at % 32);
        }
        assertThat(rows).containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20);
        assertThat(columns).isEqualTo(rows);
        byte[] white = new byte[shape.length()];
        Arrays.fill(white, (byte) 255);
        byte[] moved = Augment.FLIP_SHIFT.apply(white, shape, new Random(1));
        int black = 0;
        for (byte value : moved) {
            black += value == 0 ? 1 : 0;
        }
        assertThat(black).as("what came in from outside").isPositive();
        assertThat(white).as("the image given").containsOnly(255);
    }

    private static int indexOf(byte[] values, int value) {
        int at = 0;
        while (values[at] != value) {
            at++;
        }
        return at;
    }
}
