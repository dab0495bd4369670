package io.espalier.plugins.models;

/**
 * What a node of the network that is being put together gives, as Keras sees it and as it lies in memory here. Keras has
 * [height, width, channels] where we have [channels, height, width], which shows where a feature map is flattened.
 *
 * @param node name of the node
 * @param channels of the feature map; length of a vector
 * @param height of the feature map, 0 if it depends on the image; 1 for a vector
 * @param width of the feature map, likewise
 * @param form what it is to Keras and here
 */
record KerasTensor(String node, int channels, int height, int width, Form form) {

    /** Bounds of what a network can have; beyond them a claim is absurd. */
    private static final int MOST_CHANNELS = 1 << 20;

    private static final int LARGEST_SIDE = 1 << 16;

    enum Form {
        /** A feature map to both. */
        MAPS,
        /** A vector to both. */
        VECTOR,
        /** A vector to Keras, in the order height, width, channel; still a feature map here. */
        FLATTENED,
        /** The same, here a vector in the order channel, height, width. */
        ROWS,
        /** A feature map of one pixel to Keras, a vector here. */
        PIXEL
    }

    static KerasTensor maps(String node, int channels, int height, int width) {
        return new KerasTensor(node, channels, height, width, Form.MAPS);
    }

    KerasTensor {
        if (channels < 1 || channels > MOST_CHANNELS || height < 0 || height > LARGEST_SIDE || width < 0 || width > LARGEST_SIDE) {
            throw new IllegalArgumentException("layer '" + node + "' would give " + channels + " channels of " + height + "x" + width
                    + ", which no network of images has");
        }
    }

    boolean is(Form one, Form... others) {
        boolean found = form == one;
        for (Form other : others) {
            found |= form == other;
        }
        return found;
    }

    /** Whether it is a feature map here. */
    boolean spatial() {
        return is(Form.MAPS, Form.FLATTENED);
    }

    /** The same extents, given by another node. */
    KerasTensor at(String other) {
        return new KerasTensor(other, channels, height, width, form);
    }

    KerasTensor at(String other, Form otherForm) {
        return new KerasTensor(other, channels, height, width, otherForm);
    }

    boolean pixels(int rows, int columns) {
        return height == rows && width == columns;
    }

    /** Extent of its last axis to Keras: what a dense layer reads, what a batch norm has statistics for. */
    int features() {
        return is(Form.MAPS, Form.PIXEL) ? channels : length();
    }

    /** Numbers in it for one image. */
    int length() {
        return Math.multiplyExact(channels, Math.multiplyExact(height, width));
    }

    /** Its shape as Keras writes it, without the batch. */
    @Override
    public String toString() {
        return is(Form.MAPS, Form.PIXEL) ? "[" + side(height) + ", " + side(width) + ", " + channels + "]" : "[" + length() + "]";
    }

    private static String side(int extent) {
        return extent == 0 ? "any" : String.valueOf(extent);
    }
}
