package io.espalier;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.network.Network;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What criteria and pruners need to be tried on any network: a candidate with random images, and a context whose randomness
 * comes from a seed.
 *
 * @param artifacts where stages write
 * @param precision of its engine, which is {@code dl4j}
 * @param said lines that the user was told
 * @param extensions that it knows
 */
public record Workbench(long seed, Path artifacts, DataType precision, List<String> said, List<Chosen<?>> extensions)
        implements StageContext {

    public Workbench() {
        this(Networks.SEED, DataType.DOUBLE);
    }

    public Workbench(long seed, DataType precision) {
        this(seed, Path.of("nowhere"), precision, new ArrayList<>(), new ArrayList<>());
    }

    /** A network with so many random training images, of each class in turn. */
    public static Candidate candidate(Network network, int images) {
        ImageShape shape = network.preprocessing().input();
        Random random = new Random(Networks.SEED);
        List<byte[]> pixels = Stream.generate(() -> pixels(shape, random)).limit(images).toList();
        int classes = network.classes().size();
        Split train = new Split(shape, pixels, IntStream.range(0, images).map(i -> i % classes).toArray());
        Split none = new Split(shape, List.of(), new int[0]);
        return Candidate.of(network, Dataset.of("random", network.classes(), train, none, none, ""));
    }

    private static byte[] pixels(ImageShape shape, Random random) {
        byte[] pixels = new byte[shape.length()];
        random.nextBytes(pixels);
        return pixels;
    }

    /** Its training images in the order of the split, as the network takes them. */
    public static Batch train(Candidate candidate) {
        Network network = candidate.network();
        Split train = candidate.dataset().train();
        try (Batches batches = Batches.inOrder(
                train, train.shape().channels(), network.preprocessing().normalisation(), network.classes().size(), train.size())) {
            return batches.next().orElseThrow();
        }
    }

    @Override
    public Engine engine() {
        return new Dl4jEngine(precision);
    }

    @Override
    public Random random(String purpose) {
        return new Random(seed ^ purpose.hashCode());
    }

    @Override
    public void journal(String event, Object details) {}

    @Override
    public void progress(Progress progress) {}

    @Override
    public void say(String line) {
        said.add(line);
    }

    @Override
    public void variable(String name, Object value) {}

    @Override
    public void checkInterrupted() {}

    @Override
    @SuppressWarnings("unchecked")
    public <E> List<Chosen<E>> extensions(Class<E> point) {
        return (List<Chosen<E>>) (List<?>) extensions.stream().filter(e -> point.isInstance(e.extension())).toList();
    }

    @Override
    public boolean skipUnreadable() {
        return false;
    }
}
