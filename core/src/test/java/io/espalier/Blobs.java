package io.espalier;

import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Grey 8x8 images of noise in which a bright bar, one row lower for each class, tells the class. */
public final class Blobs {

    private static final ImageShape SHAPE = new ImageShape(1, 8, 8);
    private static final int NOISE = 120;

    private Blobs() {}

    /** Every class as often as any other; 60 training and 40 validation images. */
    public static Dataset balanced() {
        Random random = new Random(Networks.SEED);
        return dataset(split(random, 100, 12, 12, 12, 12, 12), split(random, 100, 8, 8, 8, 8, 8));
    }

    /** As {@link #balanced()}, each training image with the label of the next class. */
    public static Dataset mislabelled() {
        Dataset right = balanced();
        Split train = right.train();
        List<byte[]> images = IntStream.range(0, train.size()).mapToObj(train::image).toList();
        int[] labels = IntStream.of(train.labels()).map(label -> (label + 1) % Networks.CLASSES).toArray();
        return dataset(new Split(SHAPE, images, labels), right.validation());
    }

    /** The last class is rare in training and the bar is hard to see. */
    public static Dataset rare() {
        Random random = new Random(Networks.SEED);
        return dataset(split(random, 15, 30, 30, 30, 30, 5), split(random, 15, 20, 20, 20, 20, 20));
    }

    /** The first class makes most of the images; 60 training and 40 validation images. */
    public static Dataset frequent() {
        Random random = new Random(Networks.SEED);
        return dataset(split(random, 100, 36, 6, 6, 6, 6), split(random, 100, 24, 4, 4, 4, 4));
    }

    private static Dataset dataset(Split train, Split validation) {
        List<String> classes = IntStream.range(0, Networks.CLASSES).mapToObj(i -> "class " + i).toList();
        return Dataset.of("blobs", classes, train, validation, validation, "");
    }

    private static Split split(Random random, int brightness, int... counts) {
        List<byte[]> images = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int label = 0; label < counts.length; label++) {
            for (int i = 0; i < counts[label]; i++) {
                images.add(image(random, label, brightness));
                labels.add(label);
            }
        }
        return new Split(SHAPE, images, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static byte[] image(Random random, int label, int brightness) {
        byte[] pixels = new byte[SHAPE.length()];
        for (int i = 0; i < pixels.length; i++) {
            int row = i / SHAPE.width();
            boolean bar = row == label + 1 || row == label + 2;
            pixels[i] = (byte) (random.nextInt(NOISE) + (bar ? brightness : 0));
        }
        return pixels;
    }
}
