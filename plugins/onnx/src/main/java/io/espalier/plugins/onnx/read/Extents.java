package io.espalier.plugins.onnx.read;

/**
 * Extents of what a part of the network gives.
 *
 * @param batch of images, as a number that tells (see {@link ImageInput})
 */
record Extents(long batch, long channels, long height, long width) {

    /** Four bytes each: a gigabyte for one image. Nothing that is trained on images is near it. */
    private static final long LARGEST = 1L << 28;

    long of(Axis axis) {
        return switch (axis) {
            case BATCH -> batch;
            case CHANNEL -> channels;
            case HEIGHT -> height;
            case WIDTH -> width;
        };
    }

    /** Whether a map of it could exist. */
    boolean isSound() {
        return channels >= 1 && height >= 1 && width >= 1 && channels <= LARGEST && height <= LARGEST && width <= LARGEST
                && channels * height <= LARGEST && channels * height * width <= LARGEST;
    }

    Extents withChannels(long other) {
        return new Extents(batch, other, height, width);
    }

    Extents withMap(long otherHeight, long otherWidth) {
        return new Extents(batch, channels, otherHeight, otherWidth);
    }

    /** One number each channel. */
    Extents pooled() {
        return withMap(1, 1);
    }

    long features() {
        return channels * height * width;
    }

    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
