package io.espalier.bench;

import io.espalier.data.Augment;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A batch of 32 images from bytes to native float32, with nobody computing meanwhile: time for one batch of a pass over 64. */
@State(Scope.Benchmark)
public class Preparation extends Timed {

    private static final int BATCH = 32;
    private static final int BATCHES = 64;

    @Param({"NONE", "FLIP_SHIFT"})
    public Augment augment;

    @Param({"32", "224"})
    public int size;

    private Split split;

    @Setup
    public void images() {
        Random random = new Random(Sketch.SEED);
        ImageShape shape = new ImageShape(3, size, size);
        int count = BATCH * BATCHES;
        // Of the larger ones a few, each several times: 300 MB of images would measure the memory.
        byte[][] different = Stream.generate(() -> new byte[shape.length()]).limit(Math.min(count, 1 << 8)).toArray(byte[][]::new);
        for (byte[] image : different) {
            random.nextBytes(image);
        }
        split = new Split(shape, IntStream.range(0, count).mapToObj(i -> different[i % different.length]).toList(),
                IntStream.range(0, count).map(i -> i % Sketch.CLASSES).toArray());
    }

    @Benchmark
    @OperationsPerInvocation(BATCHES)
    public int batch() {
        int images = 0;
        try (Batches batches = Batches.shuffled(split, 3, Normalisation.TORCH, Sketch.CLASSES, BATCH, augment, new Random(Sketch.SEED))) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get()) {
                    images += batch.classes().length;
                }
            }
        }
        return images;
    }
}
