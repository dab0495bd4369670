package io.espalier.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One pass over a split, batch by batch. While a batch is used the next one is normalised in a thread of its own; native
 * memory is taken only by {@link #next()}, in the caller's thread. The same arguments give the same batches, bit for bit.
 */
public final class Batches implements AutoCloseable {

    /** A batch before it is native: images [n * length], the label of each. */
    private record Prepared(float[] images, int[] labels) {}

    private final ImageShape shape;
    private final int classes;
    private final int size;
    private final Prefetch<Prepared> prefetch;

    private Batches(
            Split split, int channels, Normalisation normalisation, int classes, int batchSize, int[] order, Augment augment, long seed) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("a batch has at least 1 image, not " + batchSize);
        }
        this.shape = new ImageShape(channels, split.shape().height(), split.shape().width());
        this.classes = classes;
        this.size = order.length;
        Pixels pixels = new Pixels(split.shape(), channels, normalisation);
        this.prefetch = new Prefetch<>(
                "espalier-batches", new Preparing(split, pixels, classes, batchSize, order, augment, new Random(seed)));
    }

    /**
     * The images in the order of the split.
     *
     * @param channels that the network takes: 3 for grey images repeats them, 1 for colour images takes their luma (Rec. 601)
     * @param classes length of a one-hot label
     * @throws DataException when images of the split's channels cannot serve {@code channels}
     */
    public static Batches inOrder(Split split, int channels, Normalisation normalisation, int classes, int batchSize) {
        int[] order = IntStream.range(0, split.size()).toArray();
        return new Batches(split, channels, normalisation, classes, batchSize, order, Augment.NONE, 0);
    }

    /**
     * The images in a random order, each varied. Everything that is drawn from {@code random} is drawn before this returns.
     *
     * @throws DataException as {@link #inOrder}
     */
    public static Batches shuffled(
            Split split, int channels, Normalisation normalisation, int classes, int batchSize, Augment augment, Random random) {
        int[] order = Stratified.shuffle(IntStream.range(0, split.size()).toArray(), random);
        return new Batches(split, channels, normalisation, classes, batchSize, order, augment, random.nextLong());
    }

    /** Images of all batches together. */
    public int size() {
        return size;
    }

    /**
     * The next batch, the caller's to close; the last one may be smaller. Empty when all images were given.
     *
     * @throws DataException when a label is not below the number of classes
     * @throws java.util.concurrent.CancellationException when the calling thread is interrupted while it waits
     * @throws IllegalStateException after {@link #close()}
     */
    public Optional<Batch> next() {
        return prefetch.next().map(this::nativeBatch);
    }

    // The scope is entered for its effect alone.
    @SuppressWarnings("try")
    private Batch nativeBatch(Prepared prepared) {
        int n = prepared.labels.length;
        float[] oneHot = new float[n * classes];
        for (int i = 0; i < n; i++) {
            oneHot[i * classes + prepared.labels[i]] = 1;
        }
        // A batch that lived in a workspace of the caller's would be overwritten when the scope is entered again.
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray labels = Nd4j.create(oneHot, new long[] {n, classes}, DataType.FLOAT);
            INDArray images = Nd4j.create(
                    prepared.images, new long[] {n, shape.channels(), shape.height(), shape.width()}, DataType.FLOAT);
            return new Batch(images, labels, prepared.labels);
        }
    }

    /** Ends the preparing thread; batches given before stay valid. */
    @Override
    public void close() {
        prefetch.close();
    }

    boolean isPreparing() {
        return prefetch.isRunning();
    }

    /** Normalises batch after batch. */
    private static final class Preparing implements Iterator<Prepared> {

        private final Split split;
        private final Pixels pixels;
        private final int classes;
        private final int batchSize;
        private final int[] order;
        private final Augment augment;
        private final Random random;
        private int position;

        Preparing(Split split, Pixels pixels, int classes, int batchSize, int[] order, Augment augment, Random random) {
            this.split = split;
            this.pixels = pixels;
            this.classes = classes;
            this.batchSize = batchSize;
            this.order = order;
            this.augment = augment;
            this.random = random;
        }

        @Override
        public boolean hasNext() {
            return position < order.length;
        }

        @Override
        public Prepared next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            int[] indices = Arrays.copyOfRange(order, position, Math.min(order.length, position + batchSize));
            position += indices.length;
            float[] images = new float[Math.multiplyExact(indices.length, pixels.length())];
            for (int i = 0; i < indices.length; i++) {
                byte[] image = augment.apply(split.pixels(indices[i]), split.shape(), random);
                pixels.write(image, images, i * pixels.length());
            }
            return new Prepared(images, Arrays.stream(indices).map(this::label).toArray());
        }

        private int label(int index) {
            int label = split.label(index);
            if (label < 0 || label >= classes) {
                throw new DataException("image " + index + " has label " + label + " where the network has " + classes
                        + " classes, 0 to " + (classes - 1) + "; head=new makes a head for the classes of the data");
            }
            return label;
        }
    }
}
