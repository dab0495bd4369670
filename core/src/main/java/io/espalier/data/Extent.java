package io.espalier.data;

/**
 * Height and width of an image.
 *
 * @param height in pixels, at least 1
 * @param width in pixels, at least 1
 */
public record Extent(int height, int width) {

    public Extent {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("an image has at least 1x1 pixels, not " + height + "x" + width);
        }
    }

    static Extent of(ImageShape shape) {
        return new Extent(shape.height(), shape.width());
    }

    @Override
    public String toString() {
        return height + "x" + width;
    }
}
