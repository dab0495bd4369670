package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.data.Augment;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Dataset;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingPlan;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network that extensions are tried on, trained on the digits that the kit carries.
 *
 * @param name of its topology
 * @param plain as it was trained, with the data
 * @param decomposed into basis vectors, their factors trained for a moment, so that they differ and importance sums are there
 */
record Bench(String name, Candidate plain, Candidate decomposed) {

    static final Engine ENGINE = new Dl4jEngine();

    private static final List<String> TOPOLOGIES = List.of("chain", "residual", "depthwise", "dense");
    private static final ImageShape SHAPE = new ImageShape(1, 28, 28);
    private static final int TRAIN = 200;
    private static final int VALIDATION = 50;
    private static final int TEST = 50;
    private static final int BATCH = 50;
    private static final int IMAGES = 20;

    /** Made once for all extensions of a process: training takes the most time of the contract. */
    private static final class Made {
        private static final List<Bench> ALL = TOPOLOGIES.stream().map(Bench::make).toList();
    }

    /** A chain, a residual, a depthwise and a densely connected network. */
    static List<Bench> all() {
        return Made.ALL;
    }

    /** The digits that the networks learned. */
    static Dataset digits() {
        return Digits.DATASET;
    }

    private static INDArray images() {
        Split some = digits().train().select(IntStream.range(0, IMAGES).toArray());
        try (Batches batches = Batches.inOrder(some, SHAPE.channels(), Normalisation.UNIT, digits().classes().size(), IMAGES);
                Batch batch = batches.next().orElseThrow()) {
            return batch.images().dup();
        }
    }

    /** Class probabilities of a network on some of the digits, [images, classes]. */
    static INDArray predict(Network network) {
        try (Program program = ENGINE.compile(network, Wanted.PREDICTIONS)) {
            return program.predict(images());
        }
    }

    private static Bench make(String topology) {
        Network network = network(topology);
        Candidate plain = Candidate.of(network, Digits.DATASET)
                .withMilestone(Candidate.LOADED, network)
                .withMetrics(Map.of("accuracy.validation", 0.9, "loss.validation", 0.5, "accuracy.scaled", 0.9));
        return new Bench(topology, plain, trained(plain));
    }

    private static Network network(String topology) {
        try (InputStream zip = Bench.class.getResourceAsStream(topology + ".zip")) {
            return Network.of(
                    ModelSerializer.restoreComputationGraph(zip, false),
                    new Preprocessing(SHAPE, Fit.PAD, Normalisation.UNIT),
                    Digits.DATASET.classes());
        } catch (IOException e) {
            throw new UncheckedIOException("the kit's own network '" + topology + "' cannot be read", e);
        }
    }

    private static Candidate trained(Candidate plain) {
        Network whole = Decomposition.decompose(plain.network());
        Set<ParameterKey> factors = Decomposition.scalings(whole).stream()
                .map(node -> new ParameterKey(node.name(), BasisScalingConvolution.FACTORS))
                .collect(Collectors.toSet());
        Map<ParameterKey, Double> rates = factors.stream().collect(Collectors.toMap(Function.identity(), key -> 0.02));
        TrainingPlan plan = new TrainingPlan(
                rates, factors, 1, BATCH, TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.CONSTANT, 0, Augment.NONE, List.of(), 0);
        Trainer.Outcome outcome = new Trainer(ENGINE, new Unwatched()).train(whole, plain.dataset(), plan, new Random(1));
        return plain.with(outcome.network())
                .withImportance(outcome.importance())
                .withMilestone(Candidate.SCALED, outcome.network());
    }

    private static final class Unwatched implements Trainer.TrainingListener {

        @Override
        public void step(int epoch, int epochs, int imagesDone, int images, double loss) {
            // Nobody watches.
        }

        @Override
        public void epoch(Trainer.Epoch epoch) {
            // Nobody watches.
        }
    }

    /** The first of the bundled test images: labels, one byte each, then pixels. */
    private static final class Digits {

        private static final Dataset DATASET = read();

        private static Dataset read() {
            try (InputStream in = new GZIPInputStream(Bench.class.getResourceAsStream("digits.gz"))) {
                byte[] labels = in.readNBytes(TRAIN + VALIDATION + TEST);
                List<byte[]> images = new ArrayList<>();
                for (int i = 0; i < labels.length; i++) {
                    images.add(in.readNBytes(SHAPE.length()));
                }
                List<String> classes = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
                int reported = TRAIN + VALIDATION;
                return Dataset.of("digits of the test kit", classes, part(images, labels, 0, TRAIN), part(images, labels, TRAIN, reported),
                        part(images, labels, reported, reported + TEST), "");
            } catch (IOException e) {
                throw new UncheckedIOException("the kit's own digits cannot be read", e);
            }
        }

        private static Split part(List<byte[]> images, byte[] labels, int from, int to) {
            byte[] own = Arrays.copyOfRange(labels, from, to);
            return new Split(SHAPE, images.subList(from, to), IntStream.range(0, own.length).map(i -> own[i]).toArray());
        }
    }
}
