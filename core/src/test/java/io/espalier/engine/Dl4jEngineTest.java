package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class Dl4jEngineTest {

    private static final int BATCH = 6;
    private static final double STEP = 1e-5;
    private static final int ENTRIES = 3;
    private static final Set<String> STATISTICS = Set.of("mean", "var", "log10stdev");

    static List<Network> networks() {
        return Networks.all();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void predictsWhatDl4jsOwnLayersPredict(Network network) {
        INDArray images = Networks.images(network, BATCH);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            assertThat(Networks.difference(program.predict(images), network.graph().outputSingle(images))).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfFactorsAgreeWithFiniteDifferences(Network network) {
        Network decomposed = Decomposition.decompose(Networks.steady(network));
        Set<ParameterKey> factors = new LinkedHashSet<>();
        Decomposition.scalings(decomposed).forEach(n -> factors.add(new ParameterKey(n.name(), BasisScalingConvolution.FACTORS)));
        assertGradients(decomposed, factors, List.of());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfFactorsOfChannelsAgreeWithFiniteDifferences(Network network) {
        Network scaled = ChannelScalings.insert(Networks.steady(network));
        Set<ParameterKey> factors = new LinkedHashSet<>();
        ChannelScalings.scalings(scaled).forEach(n -> factors.add(new ParameterKey(n.name(), ChannelScaling.FACTORS)));
        assertGradients(scaled, factors, List.of());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfEveryParameterAgreeWithFiniteDifferences(Network network) {
        Network steady = Networks.steady(network);
        Set<ParameterKey> all = new LinkedHashSet<>();
        steady.nodes().forEach(n -> n.parameters().keySet().stream()
                .filter(p -> !STATISTICS.contains(p)).forEach(p -> all.add(new ParameterKey(n.name(), p))));
        assertGradients(steady, all, List.of());
    }

    /** The pretrained part frozen, factors and a head of one's own: what a transfer trains. */
    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfFactorsAndOfANewHeadAgreeWithFiniteDifferences(Network network) {
        Network transferred = Heads.replace(network, network.classes(), new Random(Networks.SEED));
        Network decomposed = Decomposition.decompose(Networks.steady(transferred));
        Set<ParameterKey> keys = new LinkedHashSet<>();
        Decomposition.scalings(decomposed).forEach(n -> keys.add(new ParameterKey(n.name(), BasisScalingConvolution.FACTORS)));
        Heads.nodes(decomposed).forEach(name -> decomposed.node(name).parameters().keySet().stream()
                .filter(p -> !STATISTICS.contains(p)).forEach(p -> keys.add(new ParameterKey(name, p))));
        assertThat(keys).contains(new ParameterKey("head", "W"), new ParameterKey("head-norm", "gamma"));
        assertGradients(decomposed, keys, List.of(1.0, 3.0, 0.5, 2.0, 0.25));
    }

    /** Everything below is frozen, whatever it is. */
    @ParameterizedTest
    @MethodSource("networks")
    void gradientsOfAHeadAloneAgreeWithFiniteDifferences(Network network) {
        Network transferred = Networks.steady(Heads.replace(network, network.classes(), new Random(Networks.SEED)));
        assertGradients(transferred, Set.of(new ParameterKey("head", "W"), new ParameterKey("head-norm", "beta")), List.of());
    }

    /** One convolution of another kind trains alone, or is passed by gradients alone. */
    @ParameterizedTest
    @MethodSource("networks")
    void oneParameterAloneHasTheGradientThatItHasAmongAll(Network network) {
        Network steady = Networks.steady(network);
        for (Node node : steady.nodes()) {
            if (node.layer(ConvolutionLayer.class).isPresent()) {
                assertGradients(steady, Set.of(new ParameterKey(node.name(), "W")), List.of());
            }
        }
    }

    /** With no dropout and no batch norm that trains, a step sees what a prediction sees. */
    @Test
    void theLossOfAStepIsTheCrossEntropyOfThePredictions() {
        List<Network> networks = new ArrayList<>(networks());
        networks.addAll(List.of(sharedWithAnActivation(), penalised()));
        for (Network any : networks) {
            Network network = Networks.steady(any);
            INDArray images = Networks.images(network, BATCH);
            INDArray labels = Networks.labels(BATCH);
            String first = network.nodes().stream().filter(Decomposition::isPlainConvolution).findFirst().orElseThrow().name();
            try (Program program = new Dl4jEngine().compile(network, new Wanted(Set.of(new ParameterKey(first, "W")), List.of()))) {
                INDArray predicted = network.graph().outputSingle(images);
                double crossEntropy = -Transforms.log(predicted).mul(labels).sumNumber().doubleValue() / BATCH;
                assertThat(program.step(images, labels).loss()).isCloseTo(crossEntropy, within(1e-5));
                assertThat(Networks.difference(program.predict(images), predicted)).isLessThan(1e-5);
            }
        }
    }

    /** What a node gave is still there when everything above it has run: a layer that writes into its input would show. */
    @ParameterizedTest
    @MethodSource("networks")
    void whatANodeGivesIsWhatItGivesWithNothingAboveIt(Network network) {
        INDArray images = Networks.images(network, BATCH);
        Set<String> names = network.nodes().stream().map(Node::name).collect(Collectors.toSet());
        Map<String, INDArray> observed;
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            observed = program.observe(names, images);
        }
        for (String name : names) {
            try (Program program = new Dl4jEngine().compile(endingIn(name, network), Wanted.PREDICTIONS)) {
                assertThat(observed.get(name)).as(name).isEqualTo(program.predict(images));
            }
        }
    }

    private static Network endingIn(String name, Network network) {
        NetworkEdit edit = network.edit().output(name);
        Set<String> needed = new HashSet<>(Set.of(name));
        List<Node> nodes = network.nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            if (needed.contains(nodes.get(i).name())) {
                needed.addAll(nodes.get(i).inputs());
            } else {
                edit.remove(nodes.get(i).name());
            }
        }
        return edit.build();
    }

    /** A convolution is read by an activation and, past it, by a concatenation: the activation must not write what it reads. */
    private static Network sharedWithAnActivation() {
        return Networks.network(Networks.builder()
                .addLayer("conv", Networks.convolution(1, 4, 3, 1, Activation.IDENTITY), "in")
                .addLayer("relu", new ActivationLayer(Activation.RELU), "conv")
                .addVertex("both", new MergeVertex(), "relu", "conv")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "both")
                .addLayer("out", Networks.output(), "global"), new ImageShape(1, 8, 8));
    }

    @Test
    void anActivationDoesNotWriteWhatOthersRead() {
        Network network = sharedWithAnActivation();
        INDArray images = Networks.images(network, BATCH);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            Map<String, INDArray> observed = program.observe(Set.of("conv", "relu", "both"), images);
            INDArray before = observed.get("conv");
            assertThat(before.minNumber().doubleValue()).isNegative();
            assertThat(observed.get("relu")).isEqualTo(Transforms.relu(before));
            assertThat(observed.get("both")).isEqualTo(Nd4j.concat(1, Transforms.relu(before), before));
            INDArray mean = observed.get("both").mean(2, 3);
            INDArray expected = Transforms.softmax(
                    mean.mmul(network.node("out").parameter("W")).addRowVector(network.node("out").parameter("b")));
            assertThat(Networks.difference(program.predict(images), expected)).isLessThan(1e-5);
        }
    }

    /** A weight decay that a network's file brings along is none of this training's. */
    private static Network penalised() {
        return Networks.network(Networks.builder()
                .addLayer("conv", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("out", new OutputLayer.Builder().nOut(Networks.CLASSES).activation(Activation.SOFTMAX).l2(0.5).l1(0.1).build(), "conv"),
                new ImageShape(1, 8, 8));
    }

    @Test
    void classWeightsAreInLossAndGradient() {
        Network network = Networks.pooled();
        List<Double> weights = List.of(1.0, 3.0, 0.5, 2.0, 0.25);
        assertGradients(network, Set.of(new ParameterKey("a", "W"), new ParameterKey("out", "b")), weights);
        assertGradients(Networks.steady(Networks.logits()), Set.of(new ParameterKey("maps", "W"), new ParameterKey("logits", "b")), weights);
        assertGradients(Networks.steady(Networks.fire()), Set.of(new ParameterKey("stem", "W"), new ParameterKey("classes", "b")), weights);
    }

    @Test
    void aNetworkThatEndsInNoSoftmaxIsRefused() {
        Network network = Networks.logits();
        Network bare = network.edit().bypass("out").build();
        assertThatThrownBy(() -> new Dl4jEngine().compile(bare, new Wanted(Set.of(new ParameterKey("maps", "W")), List.of())))
                .isInstanceOf(TrainingException.class)
                .hasMessageContainingAll("'logits'", "DenseLayer", "no class probabilities", "head=new");
    }

    @Test
    void whatATeacherAnswersAtATemperatureHasItsShareInTheGradients() {
        Network network = Networks.steady(Networks.residual());
        Set<ParameterKey> keys = Set.of(new ParameterKey("stem", "W"), new ParameterKey("out", "W"));
        Wanted wanted = new Wanted(keys, List.of(1.0, 3.0, 0.5, 2.0, 0.25), Optional.of(new Distillation(0.7, 3)));
        assertGradients(network, wanted, Networks.taught(BATCH).castTo(DataType.DOUBLE));
    }

    @Test
    void aNetworkThatAnswersAsItsTeacherHasNothingToLearn() {
        Network network = Networks.steady(Networks.residual());
        INDArray images = Networks.images(network, BATCH);
        Distillation loss = new Distillation(1, 4);
        ParameterKey key = new ParameterKey("out", "W");
        double[][] answers = network.graph().outputSingle(images).toDoubleMatrix();
        Arrays.stream(answers).forEach(loss::soften);
        INDArray targets = Nd4j.hstack(Networks.labels(BATCH), Nd4j.create(answers).castTo(DataType.FLOAT));
        try (Program program = new Dl4jEngine().compile(network, new Wanted(Set.of(key), List.of(), Optional.of(loss)))) {
            Program.Step step = program.step(images, targets);
            assertThat(step.loss()).isCloseTo(0, within(1e-5));
            assertThat(step.gradients().get(key).amaxNumber().doubleValue()).isLessThan(1e-5);
        }
    }

    private static void assertGradients(Network network, Set<ParameterKey> keys, List<Double> classWeights) {
        assertGradients(network, new Wanted(keys, classWeights), Networks.labels(BATCH).castTo(DataType.DOUBLE));
    }

    /** Central differences in float64 on some entries of each parameter. */
    private static void assertGradients(Network network, Wanted wanted, INDArray labels) {
        Set<ParameterKey> keys = wanted.gradients();
        INDArray images = Networks.images(network, BATCH).castTo(DataType.DOUBLE);
        try (Program program = new Dl4jEngine(DataType.DOUBLE).compile(network, wanted)) {
            Map<ParameterKey, INDArray> gradients = program.step(images, labels).gradients();
            assertThat(gradients.keySet()).containsExactlyInAnyOrderElementsOf(keys);
            for (ParameterKey key : keys) {
                INDArray value = program.get(key);
                INDArray gradient = gradients.get(key).dup('c');
                double largest = gradient.ameanNumber().doubleValue() + gradient.amaxNumber().doubleValue();
                for (long i = 0; i < value.length(); i += Math.max(1, value.length() / ENTRIES)) {
                    double numeric = (lossWith(program, key, value, i, STEP, images, labels)
                            - lossWith(program, key, value, i, -STEP, images, labels)) / (2 * STEP);
                    assertThat(gradient.getDouble(i)).as("%s[%d]", key, i).isCloseTo(numeric, within(1e-4 * largest + 1e-8));
                }
                program.set(key, value);
            }
        }
    }

    private static double lossWith(Program program, ParameterKey key, INDArray value, long i, double change, INDArray images, INDArray labels) {
        INDArray changed = value.dup('c');
        changed.putScalar(i, changed.getDouble(i) + change);
        program.set(key, changed);
        return program.step(images, labels).loss();
    }

    @Test
    void frozenBatchNormsKeepTheirStatisticsAndTrainedOnesMoveThem() {
        Network network = Networks.residual();
        ParameterKey gamma = new ParameterKey("n2", "gamma");
        ParameterKey mean = new ParameterKey("n2", "mean");
        INDArray images = Networks.images(network, BATCH);
        try (Program program = new Dl4jEngine().compile(network, new Wanted(Set.of(gamma), List.of()))) {
            INDArray before = program.get(mean);
            program.step(images, Networks.labels(BATCH));
            INDArray read = program.observe(Set.of("r1"), images).get("r1");
            INDArray expected = before.mul(0.9).add(read.mean(0, 2, 3).reshape(before.shape()).mul(0.1));
            assertThat(Networks.difference(program.get(mean), expected)).isLessThan(1e-5);
            // Another batch norm is an affine by now, which has no statistics that could move.
            assertThatIllegalArgumentException().isThrownBy(() -> program.get(new ParameterKey("n1", "mean")));
        }
    }

    @Test
    void theSameStepGivesTheSameBits() {
        Network network = Decomposition.decompose(Networks.residual());
        Set<ParameterKey> keys = Set.of(new ParameterKey("stem", BasisScalingConvolution.FACTORS));
        INDArray images = Networks.images(network, BATCH);
        INDArray first;
        try (Program program = new Dl4jEngine().compile(network, new Wanted(keys, List.of()))) {
            first = program.step(images, Networks.labels(BATCH)).gradients().values().iterator().next().dup();
        }
        try (Program program = new Dl4jEngine().compile(network, new Wanted(keys, List.of()))) {
            INDArray second = program.step(images, Networks.labels(BATCH)).gradients().values().iterator().next();
            assertThat(second.toFloatVector()).isEqualTo(first.toFloatVector());
        }
    }

    @Test
    void observedLayersAreWhatTheGraphComputes() {
        Network network = Networks.residual();
        INDArray images = Networks.images(network, 2);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            INDArray observed = program.observe(Set.of("add1"), images).get("add1");
            assertThat(Networks.difference(observed, network.graph().feedForward(images, false).get("add1"))).isLessThan(1e-5);
        }
    }
}
