package io.espalier.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Small made-up data for the tests of this room. */
final class Samples {

    static final long SEED = 20_260_101;

    private Samples() {}

    static Split split(ImageShape shape, int size, int classes) {
        Random random = new Random(SEED);
        List<byte[]> images = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            byte[] pixels = new byte[shape.length()];
            random.nextBytes(pixels);
            images.add(pixels);
        }
        return new Split(shape, images, IntStream.range(0, size).map(i -> i % classes).toArray());
    }

    /** Images of 2x2 whose first two pixels tell their index; those of {@code broken} cannot be read. */
    record Numbered(int[] labels, Set<Integer> broken, List<Integer> decoded) implements Labelled {

        static Numbered of(int... labels) {
            return new Numbered(labels, Set.of(), new ArrayList<>());
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
        public Image image(int index) throws IOException {
            decoded.add(index);
            if (broken.contains(index)) {
                throw new IOException("photo-" + index + ".png cannot be decoded");
            }
            return new Image(new ImageShape(1, 2, 2), new byte[] {(byte) (index >> 8), (byte) index, 0, 0});
        }
    }

    static int number(Split split, int index) {
        byte[] pixels = split.image(index);
        return (pixels[0] & 0xff) << 8 | pixels[1] & 0xff;
    }

    static int[] numbers(Split split) {
        return IntStream.range(0, split.size()).map(i -> number(split, i)).toArray();
    }

    /** {@code size} labels, of which class c has {@code shares[c]} in every {@code sum(shares)}. */
    static int[] labels(int size, int... shares) {
        int[] cycle = IntStream.range(0, shares.length).flatMap(c -> IntStream.generate(() -> c).limit(shares[c])).toArray();
        return IntStream.range(0, size).map(i -> cycle[i % cycle.length]).toArray();
    }

    static RawDataset raw(Labelled train, Labelled validation, Labelled test, String... classes) {
        return new RawDataset(List.of(classes), train, Optional.ofNullable(validation), Optional.ofNullable(test));
    }
}
