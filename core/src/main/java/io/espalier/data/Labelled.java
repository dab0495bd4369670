package io.espalier.data;

import java.io.IOException;

/**
 * Images with labels as a reader finds them, before any is chosen: nothing is decoded until asked for, and images may
 * differ in size.
 */
public interface Labelled {

    int size();

    /** Label of an image, 0 <= label < number of classes. */
    int label(int index);

    /** What messages call an image: its file, if it has one of its own. */
    default String name(int index) {
        return "image " + index;
    }

    /**
     * Decodes one image.
     *
     * @throws IOException when the file holding it cannot be read or is no image; the message names the file
     */
    Image image(int index) throws IOException;

    /**
     * A decoded image.
     *
     * @param shape its extent
     * @param pixels unsigned bytes in the order channel, row, column (RGB); [channels * height * width]
     */
    record Image(ImageShape shape, byte[] pixels) {

        public Image {
            if (pixels.length != shape.length()) {
                throw new IllegalArgumentException("an image of " + pixels.length + " bytes where " + shape + " needs " + shape.length());
            }
        }
    }
}
