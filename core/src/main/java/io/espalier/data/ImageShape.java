package io.espalier.data;

/**
 * Extent of one image or of a feature map.
 *
 * @param channels number of channels, at least 1
 * @param height in pixels, at least 1
 * @param width in pixels, at least 1
 */
public record ImageShape(int channels, int height, int width) {

    public ImageShape {
        if (channels < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "an image has at least 1 channel and 1x1 pixels, not " + channels + " channels and " + height + "x" + width);
        }
    }

    /** Numbers in one image. */
    public int length() {
        return Math.multiplyExact(channels, Math.multiplyExact(height, width));
    }

    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
