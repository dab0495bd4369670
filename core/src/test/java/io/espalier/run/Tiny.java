package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Progress;
import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.PluginOrigin;
import io.espalier.data.Dataset;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Preprocessing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Networks, data and runs so small that a test can make many of them. */
final class Tiny {

    static final ImageShape SHAPE = new ImageShape(1, 6, 6);
    static final Preprocessing PREPROCESSING = new Preprocessing(SHAPE, Fit.PAD, Normalisation.UNIT);

    private Tiny() {}

    /** A convolution of 8 kernels, pooled, and a dense layer for 3 classes. */
    static Network network(Random random) {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("conv", new ConvolutionLayer.Builder(5, 5).nIn(1).nOut(8).activation(Activation.RELU).build(), "in")
                .addLayer("pool", new GlobalPoolingLayer.Builder().build(), "conv")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nIn(8).nOut(3).activation(Activation.SOFTMAX).build(),
                        "pool")
                .setOutputs("out")
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        Network network = Network.of(graph, PREPROCESSING, List.of("a", "b", "c"));
        return changed(network, value -> noise(random, 1, value.shape()));
    }

    /** The same network, every number moved. */
    static Network shaken(Network network, Random random, double amount) {
        return changed(network, value -> value.add(noise(random, amount, value.shape())));
    }

    private static Network changed(Network network, UnaryOperator<INDArray> change) {
        NetworkEdit edit = network.edit();
        network.nodes().forEach(node -> {
            Map<String, INDArray> others = new TreeMap<>();
            node.parameters().forEach((key, value) -> others.put(key, change.apply(value)));
            edit.replace(node.with(others));
        });
        return edit.build();
    }

    static INDArray noise(Random random, double amount, long... shape) {
        long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        float[] numbers = new float[Math.toIntExact(length)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (amount * random.nextGaussian());
        }
        return Nd4j.create(numbers, shape, 'c');
    }

    static Dataset dataset(Random random) {
        return new Dataset(
                "made up", "digest-" + random.nextLong(), List.of("a", "b", "c"), split(random, 7), split(random, 3), split(random, 0), "a note");
    }

    static Split split(Random random, int size) {
        List<byte[]> images = new ArrayList<>();
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            byte[] pixels = new byte[SHAPE.length()];
            random.nextBytes(pixels);
            images.add(pixels);
            labels[i] = random.nextInt(3);
        }
        return new Split(SHAPE, images, labels);
    }

    record NoOptions() {}

    /** A stage with options as text. */
    @SafeVarargs
    static BoundOptions bound(String name, Stage<NoOptions> stage, Map.Entry<String, String>... options) {
        return bound(name, stage, plugin("1"), options);
    }

    @SafeVarargs
    static BoundOptions bound(String name, Stage<NoOptions> stage, Extension.Plugin plugin, Map.Entry<String, String>... options) {
        Extension extension = new Extension(Stage.class, name, "", stage, NoOptions.class, Optional.empty(), plugin);
        List<BoundOptions.Entry> entries = new ArrayList<>();
        for (Map.Entry<String, String> option : options) {
            entries.add(new BoundOptions.Entry(option.getKey(), option.getValue(), option.getValue(), true));
        }
        return new BoundOptions(extension, new NoOptions(), entries, Set.of(), List.of(extension));
    }

    static Extension.Plugin plugin(String digest) {
        return new Extension.Plugin("tiny", "1.0", Path.of("plugins", "tiny-1.0.jar"), PluginOrigin.GIVEN, digest, "");
    }

    static RunSettings settings(RunListener listener) {
        return settings(7, listener);
    }

    /** The catalog stays absent: runs of tests get their extensions by hand. */
    static RunSettings settings(long seed, RunListener listener) {
        return new RunSettings("tiny", "- route:\n", Map.of("epochs", "1"), seed, false, new NoEngine(), null, List.of(), listener);
    }

    /** Extensions at hand: these and no others. */
    record Some(List<Extension> all) implements Extensions {
        @Override
        public List<Extension.Plugin> plugins() {
            return List.of(plugin("1"));
        }

        @Override
        public <E> Chosen<E> withDefaults(Class<E> point, Extension extension) {
            return new Chosen<>(extension.name(), point.cast(extension.instance()), new NoOptions());
        }
    }

    /** Runs nothing. */
    static final class NoEngine implements Engine {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public String fingerprint() {
            return "float32, 2 threads";
        }

        @Override
        public Program compile(Network network, Wanted wanted) {
            throw new UnsupportedOperationException("these tests run no network");
        }
    }

    /** Remembers what it was told. */
    static final class Watcher implements RunListener {

        final List<String> said = new ArrayList<>();
        final List<String> made = new ArrayList<>();
        final List<String> reused = new ArrayList<>();

        @Override
        public void stageStarted(String stage, String place) {}

        @Override
        public void progress(Progress progress) {}

        @Override
        public void say(String line) {
            said.add(line);
        }

        @Override
        public void stageFinished(String stage, String place, StageResult result, Duration took, boolean wasReused) {
            (wasReused ? reused : made).add(stage);
        }
    }

    /** Makes a network and data from the run's seed. */
    static BoundOptions load() {
        return bound("load", (candidate, options, context) -> {
            Network network = network(context.random("weights"));
            return Candidate.of(network, dataset(context.random("images"))).withMilestone(Candidate.LOADED, network);
        });
    }

    /** Moves all numbers; stands for a training. */
    static BoundOptions shake(double amount) {
        return shake(amount, plugin("1"));
    }

    static BoundOptions shake(double amount, Extension.Plugin plugin) {
        Stage<NoOptions> stage = (candidate, options, context) -> {
            Random random = context.random("noise");
            Candidate shaken = candidate.with(shaken(candidate.network(), random, amount));
            return shaken.withMetrics(Map.of("accuracy", random.nextDouble())).withImportance(Map.of("conv", new double[] {random.nextDouble()}));
        };
        return bound("shake", stage, plugin, Map.entry("amount", Double.toString(amount)));
    }

    /** Remembers the candidate; stands for a guard. */
    static BoundOptions keep() {
        return bound("keep", (candidate, options, context) -> {
            context.variable("held", true);
            context.variable("round", candidate.lineage().size());
            return candidate.withKept(candidate);
        });
    }
}
