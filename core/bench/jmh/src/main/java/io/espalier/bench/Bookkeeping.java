package io.espalier.bench;

import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingPlan;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a trainer does in a step besides the step: the updates of all factors and of the head with Adam, importance, penalty,
 * the batch of 4 images of one pixel. ResNet-20 decomposed on an engine that computes nothing.
 */
@State(Scope.Benchmark)
public class Bookkeeping extends Timed {

    private static final int STEPS = 256;
    private static final int BATCH = 4;

    private Network network;
    private Dataset dataset;
    private TrainingPlan plan;

    @Setup
    public void prepare() {
        network = Decomposition.decompose(Steps.named("resnet20"));
        dataset = Dataset.of("blank", network.classes(), blank(STEPS * BATCH), blank(BATCH), blank(BATCH), "");
        Set<ParameterKey> factors = Decomposition.scalings(network).stream()
                .map(node -> new ParameterKey(node.name(), BasisScalingConvolution.FACTORS)).collect(Collectors.toSet());
        Map<ParameterKey, Double> rates = new HashMap<>(Map.of(new ParameterKey("out", "W"), 1e-3, new ParameterKey("out", "b"), 1e-3));
        factors.forEach(key -> rates.put(key, 1e-3));
        plan = new TrainingPlan(rates, factors, 1, BATCH, TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, 1e-4, Augment.NONE, List.of(), 0);
    }

    private static Split blank(int count) {
        ImageShape pixel = new ImageShape(3, 1, 1);
        return new Split(pixel, Collections.nCopies(count, new byte[pixel.length()]), IntStream.range(0, count).map(i -> i % Sketch.CLASSES).toArray());
    }

    @Benchmark
    @OperationsPerInvocation(STEPS)
    public Trainer.Outcome step() {
        return new Trainer(new Idle(), new Unwatched()).train(network, dataset, plan, new Random(Sketch.SEED));
    }

    private static final class Unwatched implements Trainer.TrainingListener {

        @Override
        public void step(int epoch, int epochs, int imagesDone, int images, double loss) {
            // The progress of a bench interests nobody.
        }

        @Override
        public void epoch(Trainer.Epoch epoch) {
            // As above.
        }
    }

    /** Gives the same gradients and the same prediction whatever it is shown. */
    private static final class Idle implements Engine {

        @Override
        public String name() {
            return "idle";
        }

        @Override
        public String fingerprint() {
            return name();
        }

        @Override
        public Program compile(Network network, Wanted wanted) {
            return new IdleProgram(network, wanted);
        }
    }

    private static final class IdleProgram implements Program {

        private final Map<ParameterKey, INDArray> values = new HashMap<>();
        private final Map<ParameterKey, INDArray> gradients = new HashMap<>();

        IdleProgram(Network network, Wanted wanted) {
            network.nodes().forEach(node -> node.parameters().forEach((name, value) -> values.put(new ParameterKey(node.name(), name), value)));
            wanted.gradients().forEach(key -> gradients.put(key, Nd4j.ones(DataType.FLOAT, values.get(key).shape())));
        }

        @Override
        public INDArray predict(INDArray images) {
            return Nd4j.valueArrayOf(new long[] {images.size(0), Sketch.CLASSES}, 1.0 / Sketch.CLASSES, DataType.FLOAT);
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            throw new UnsupportedOperationException("an idle program observes nothing");
        }

        @Override
        public Step step(INDArray images, INDArray labels) {
            gradients.values().forEach(gradient -> gradient.assign(1e-3));
            return new Step(1, gradients);
        }

        @Override
        public INDArray get(ParameterKey parameter) {
            return values.get(parameter).dup('c');
        }

        @Override
        public void set(ParameterKey parameter, INDArray value) {
            values.put(parameter, value);
        }

        @Override
        public void close() {
            gradients.values().forEach(INDArray::close);
        }
    }
}
