package io.espalier.data;

import java.util.List;

/**
 * Images that a reader holds in memory, all of one shape.
 *
 * @param shape of every image
 * @param images unsigned bytes in the order channel, row, column (RGB), one array per image; not to be written any more
 * @param labels one per image
 */
public record InMemory(ImageShape shape, List<byte[]> images, int[] labels) implements Labelled {

    /** @throws IllegalArgumentException when numbers of images and labels differ */
    public InMemory {
        images = List.copyOf(images);
        labels = labels.clone();
        if (images.size() != labels.length) {
            throw new IllegalArgumentException(images.size() + " images but " + labels.length + " labels");
        }
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public Image image(int index) {
        return new Image(shape, images.get(index));
    }
}
