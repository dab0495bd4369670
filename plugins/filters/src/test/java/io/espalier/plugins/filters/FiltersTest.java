package io.espalier.plugins.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.NoOptions;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class FiltersTest {

    private static final long SEED = 20260101;

    private static Network network() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", new ConvolutionLayer.Builder(3, 3).nIn(2).nOut(8).activation(Activation.RELU).build(), "in")
                .addLayer("second", new ConvolutionLayer.Builder(3, 3).nIn(8).nOut(8).activation(Activation.RELU).build(), "first")
                .addLayer("out", new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(), "second")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(8, 8, 2))
                .build());
        graph.init();
        Preprocessing preprocessing = new Preprocessing(new ImageShape(2, 8, 8), Fit.PAD, Normalisation.UNIT);
        return Network.of(graph, preprocessing, List.of("a", "b", "c"));
    }

    private static double[] scores(Criterion<NoOptions> criterion, UnitGroup group) {
        assertThat(criterion.units()).containsExactly(UnitKind.CHANNEL);
        INDArray scores = criterion.score(group, new NoOptions(), new Weights(network()));
        assertThat(scores.shape()).containsExactly(group.size());
        return scores.castTo(DataType.DOUBLE).toDoubleVector();
    }

    @Test
    void l1IsTheSumOfAFiltersAbsoluteWeights() {
        for (UnitGroup group : Channels.groups(network())) {
            double[] scores = scores(new L1Norm(), group);
            for (int filter = 0; filter < group.size(); filter++) {
                double sum = 0;
                for (float weight : weights(group, filter)) {
                    sum += Math.abs(weight);
                }
                assertThat(scores[filter]).isCloseTo(sum, within(1e-5 * sum));
            }
        }
    }

    @Test
    void l2IsTheRootOfTheSumOfAFiltersSquaredWeights() {
        for (UnitGroup group : Channels.groups(network())) {
            double[] scores = scores(new L2Norm(), group);
            for (int filter = 0; filter < group.size(); filter++) {
                double sum = 0;
                for (float weight : weights(group, filter)) {
                    sum += weight * (double) weight;
                }
                assertThat(scores[filter]).isCloseTo(Math.sqrt(sum), within(1e-5 * Math.sqrt(sum)));
            }
        }
    }

    private static float[] weights(UnitGroup group, int filter) {
        return network().node(group.name()).parameter("W").slice(filter).dup('c').data().asFloat();
    }

    @Test
    void scoringChangesNoKernels() {
        UnitGroup group = Channels.groups(network()).get(0);
        INDArray kernels = group.kernels().get(0).dup();
        scores(new L1Norm(), group);
        scores(new L2Norm(), group);
        assertThat(group.kernels().get(0)).isEqualTo(kernels);
    }

    @Test
    void theRandomPrunerRemovesTheShareAskedForByTheSeedAlone() {
        PruningPlan plan = plan(SEED);
        assertThat(plan.reason()).isEqualTo("pruner random");
        assertThat(plan.count()).isEqualTo(8);
        assertThat(plan(SEED)).isEqualTo(plan);
        assertThat(plan(SEED + 1)).isNotEqualTo(plan);
        assertThat(removed(plan, "first")).isNotEqualTo(removed(plan, "second"));
        Network pruned = Surgeon.apply(plan, network());
        assertThat(Channels.groups(pruned)).extracting(UnitGroup::size).containsExactly(4, 4);
    }

    private static List<Integer> removed(PruningPlan plan, String group) {
        return plan.removals().stream().filter(r -> r.group().equals(group)).findFirst().orElseThrow().removed();
    }

    private static PruningPlan plan(long seed) {
        Split none = new Split(new ImageShape(2, 8, 8), List.of(), new int[0]);
        Candidate candidate = Candidate.of(network(), Dataset.of("none", List.of("a", "b", "c"), none, none, none, ""));
        Selection half = new Selection(Selection.Of.UNITS, 0.5, Selection.Scope.LAYER, Selection.Normalise.L2, 0, 0, 1);
        return new RandomFilters().plan(candidate, half, new NoOptions(), new Seeded(seed));
    }

    /** Weights are all that a norm may look at. */
    private record Weights(Network network) implements CriterionContext {

        @Override
        public INDArray samples(int count) {
            throw new AssertionError("a norm needs no images");
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            throw new AssertionError("a norm needs no feature maps");
        }

        @Override
        public void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each) {
            throw new AssertionError("a norm needs no images");
        }

        @Override
        public void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each) {
            throw new AssertionError("a norm needs no images");
        }

        @Override
        public Random random(String group) {
            throw new AssertionError("a norm is not random");
        }
    }

    /** Randomness by seed and purpose, and nothing else. */
    private record Seeded(long seed) implements StageContext {

        @Override
        public Random random(String purpose) {
            return new Random(seed ^ purpose.hashCode());
        }

        @Override
        public Engine engine() {
            return new Dl4jEngine();
        }

        @Override
        public void journal(String event, Object details) {}

        @Override
        public void progress(Progress progress) {}

        @Override
        public void say(String line) {}

        @Override
        public void variable(String name, Object value) {}

        @Override
        public Path artifacts() {
            return Path.of("");
        }

        @Override
        public void checkInterrupted() {}

        @Override
        public <E> List<Chosen<E>> extensions(Class<E> point) {
            return List.of();
        }

        @Override
        public boolean skipUnreadable() {
            return false;
        }
    }
}
