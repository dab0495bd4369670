package io.espalier.data;

import java.util.Arrays;
import java.util.List;

/**
 * One part of a data set, in memory: images as unsigned bytes, one array per image in the order channel, row, column
 * (RGB), and a label each. All images of a split have the same shape.
 */
public final class Split {

    private final ImageShape shape;
    private final List<byte[]> images;
    private final int[] labels;

    /** @throws IllegalArgumentException when numbers of images and labels differ, or an image has another length */
    public Split(ImageShape shape, List<byte[]> images, int[] labels) {
        if (images.size() != labels.length) {
            throw new IllegalArgumentException(images.size() + " images but " + labels.length + " labels");
        }
        for (byte[] image : images) {
            if (image.length != shape.length()) {
                throw new IllegalArgumentException("an image of " + image.length + " bytes where " + shape + " needs " + shape.length());
            }
        }
        this.shape = shape;
        this.images = List.copyOf(images);
        this.labels = labels.clone();
    }

    public ImageShape shape() {
        return shape;
    }

    public int size() {
        return labels.length;
    }

    public int label(int index) {
        return labels[index];
    }

    public int[] labels() {
        return labels.clone();
    }

    /** Pixels of one image; the array is shared and not to be written. */
    byte[] pixels(int index) {
        return images.get(index);
    }

    /** Copy of the pixels of one image, [channels * height * width]. */
    public byte[] image(int index) {
        return images.get(index).clone();
    }

    /** The images of those indices, in that order. */
    public Split select(int[] indices) {
        return new Split(shape, Arrays.stream(indices).mapToObj(images::get).toList(), Arrays.stream(indices).map(i -> labels[i]).toArray());
    }

    /** Number of images per class, [classes]. */
    public int[] classCounts(int classes) {
        int[] counts = new int[classes];
        for (int label : labels) {
            counts[label]++;
        }
        return counts;
    }
}
