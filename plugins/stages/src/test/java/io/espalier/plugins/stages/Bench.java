package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.ModelWriter;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.Evaluations;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** What a stage needs to be tried: a small candidate, and a context that remembers what it was told. */
final class Bench implements StageContext {

    static final int CLASSES = 2;
    private static final ImageShape SHAPE = new ImageShape(1, 8, 8);

    final Map<String, Object> variables = new LinkedHashMap<>();
    final List<String> said = new ArrayList<>();
    final List<String> journal = new ArrayList<>();
    final List<Chosen<ModelWriter<?>>> writers = new ArrayList<>();
    private final Path artifacts;
    private final Evaluations evaluations;

    Bench() {
        this(Path.of("nowhere"));
    }

    /** @param artifacts where its stages write */
    Bench(Path artifacts) {
        this(artifacts, new Dl4jEngine());
    }

    /** @param engine that its stages run networks on */
    Bench(Engine engine) {
        this(Path.of("nowhere"), engine);
    }

    private Bench(Path artifacts, Engine engine) {
        this.artifacts = artifacts;
        this.evaluations = new Evaluations(engine);
    }

    /** A candidate whose images of class 1 are brighter on the right, as if {@code load} had kept the head. */
    static Candidate candidate() {
        Network network = network();
        Split split = split(40);
        Dataset dataset = Dataset.of("bench", List.of("left", "right"), split, split(20), split(20), "");
        return Candidate.of(network, dataset).withMilestone(Candidate.LOADED, network);
    }

    private static Network network() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(7)
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", new ConvolutionLayer.Builder(3, 3).padding(1, 1).nIn(1).nOut(6).activation(Activation.RELU).build(), "in")
                .addLayer("b", new ConvolutionLayer.Builder(3, 3).padding(1, 1).nIn(6).nOut(8).activation(Activation.RELU).build(), "a")
                .addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), "b")
                .addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX).build(), "pool")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(8, 8, 1))
                .build());
        graph.init();
        return Network.of(graph, new Preprocessing(SHAPE, Fit.PAD, Normalisation.UNIT), List.of("left", "right"));
    }

    private static Split split(int size) {
        Random random = new Random(size);
        List<byte[]> images = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            byte[] pixels = new byte[SHAPE.length()];
            random.nextBytes(pixels);
            for (int p = 0; p < pixels.length; p++) {
                boolean bright = (p % 8 >= 4) == (i % CLASSES == 1);
                pixels[p] = (byte) ((pixels[p] & 0x3f) + (bright ? 150 : 0));
            }
            images.add(pixels);
        }
        return new Split(SHAPE, images, IntStream.range(0, size).map(i -> i % CLASSES).toArray());
    }

    @Override
    public Engine engine() {
        return evaluations.engine();
    }

    @Override
    public Evaluations evaluations() {
        return evaluations;
    }

    @Override
    public Random random(String purpose) {
        return new Random(purpose.hashCode());
    }

    @Override
    public void journal(String event, Object details) {
        journal.add(event + " " + details);
    }

    @Override
    public void progress(Progress progress) {}

    @Override
    public void say(String line) {
        said.add(line);
    }

    @Override
    public void variable(String name, Object value) {
        variables.put(name, value);
    }

    @Override
    public Path artifacts() {
        return artifacts;
    }

    @Override
    public void checkInterrupted() {}

    @Override
    @SuppressWarnings("unchecked")
    public <E> List<Chosen<E>> extensions(Class<E> point) {
        return point == ModelWriter.class ? (List<Chosen<E>>) (List<?>) writers : List.of();
    }

    @Override
    public boolean skipUnreadable() {
        return false;
    }
}
