package io.espalier.data;

import java.util.Random;

/** How training images are varied each time they are shown. */
public enum Augment {
    NONE(false, false),
    /** Mirrored left to right with probability 1/2. */
    FLIP(true, false),
    /**
     * Moved by a random number of whole pixels, up to 1/8 of height and of width each way; what comes in is black. On 32x32
     * this is the usual padding by 4 and random crop.
     */
    SHIFT(false, true),
    FLIP_SHIFT(true, true);

    private static final int LARGEST_SHIFT = 8;

    private final boolean flips;
    private final boolean shifts;

    Augment(boolean flips, boolean shifts) {
        this.flips = flips;
        this.shifts = shifts;
    }

    /** A variation of the image; the same array if nothing changes. The pixels given are not written. */
    byte[] apply(byte[] pixels, ImageShape shape, Random random) {
        boolean mirrored = flips && random.nextBoolean();
        int down = shifts ? offset(shape.height(), random) : 0;
        int right = shifts ? offset(shape.width(), random) : 0;
        return mirrored || down != 0 || right != 0 ? moved(pixels, shape, mirrored, down, right) : pixels;
    }

    private static int offset(int length, Random random) {
        int largest = length / LARGEST_SHIFT;
        return random.nextInt(2 * largest + 1) - largest;
    }

    private static byte[] moved(byte[] pixels, ImageShape shape, boolean mirrored, int down, int right) {
        int height = shape.height();
        int width = shape.width();
        byte[] result = new byte[pixels.length];
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int row = Math.max(0, down); row < Math.min(height, height + down); row++) {
                int source = (channel * height + row - down) * width;
                int target = (channel * height + row) * width;
                for (int column = Math.max(0, right); column < Math.min(width, width + right); column++) {
                    int from = column - right;
                    result[target + column] = pixels[source + (mirrored ? width - 1 - from : from)];
                }
            }
        }
        return result;
    }
}
