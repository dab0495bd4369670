package io.espalier.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.engine.Distillation;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Both engines compute the same. */
@EnabledOnOs(architectures = {"amd64", "x86_64"})
class AgreementTest {

    private static final int BATCH = 6;
    private static final List<Double> WEIGHTS = List.of(1.0, 3.0, 0.5, 2.0, 0.25);
    private static final double OUTPUTS = 1e-4;
    private static final double GRADIENTS = 1e-3;
    private static final double NOTHING = 1e-3;
    private static final Engine ONEDNN = new OneDnnEngine();
    private static final Engine DL4J = new Dl4jEngine();

    /** Every network as it is, decomposed, and decomposed with a new head. */
    static Stream<Arguments> networks() {
        Map<String, Network> all = new LinkedHashMap<>(Networks.byName());
        all.put("sums", sums());
        all.put("wide", wide());
        all.put("elementwise", elementwise());
        all.put("within blocks", withinBlocks());
        all.put("fused", fused());
        return all.entrySet().stream().flatMap(entry -> {
            Network network = entry.getValue();
            Network decomposed = Decomposition.decompose(network);
            Network headed = Heads.replace(decomposed, network.classes(), new Random(Networks.SEED));
            return Stream.of(
                    arguments(entry.getKey(), network),
                    arguments(entry.getKey() + " decomposed", decomposed),
                    arguments(entry.getKey() + " with factors for channels", ChannelScalings.insert(network)),
                    arguments(entry.getKey() + " with a new head", headed));
        });
    }

    /** Wide enough for Winograd's convolutions. */
    private static Network wide() {
        return Networks.network(Networks.builder()
                .addLayer("c1", Networks.convolution(3, 128, 3, 1, Activation.RELU), "in")
                .addLayer("c2", Networks.convolution(128, 144, 3, 1, Activation.RELU), "c1")
                .addLayer("c3", Networks.convolution(144, 128, 3, 1, Activation.IDENTITY), "c2")
                .addVertex("add", new ElementWiseVertex(ElementWiseVertex.Op.Add), "c1", "c3")
                .addLayer("relu", new ActivationLayer(Activation.RELU), "add")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "relu")
                .addLayer("out", Networks.output(), "global"), new ImageShape(3, 18, 18));
    }

    @Test
    void theWideNetworkUsesWinogradsConvolutions() {
        assertThat(Winograd.isFaster(new long[] {BATCH, 128, 18, 18}, new long[] {18, 18}, 144)).isTrue();
        assertThat(Winograd.isFaster(new long[] {BATCH, 512, 2, 2}, new long[] {2, 2}, 512)).isFalse();
    }

    /** Sums of a convolution and what others read too, of three, of twice the same, and with a batch norm after them. */
    private static Network sums() {
        return Networks.network(Networks.builder()
                .addLayer("stem", Networks.convolution(3, 20, 3, 1, Activation.RELU), "in")
                .addLayer("c1", Networks.convolution(20, 20, 3, 1, Activation.IDENTITY), "stem")
                .addVertex("add1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem", "c1")
                .addLayer("n1", new BatchNormalization.Builder().nIn(20).nOut(20).build(), "add1")
                .addLayer("c2", Networks.convolution(20, 20, 1, 1, Activation.IDENTITY), "n1")
                .addVertex("add2", new ElementWiseVertex(ElementWiseVertex.Op.Add), "c2", "n1", "stem")
                .addVertex("twice", new ElementWiseVertex(ElementWiseVertex.Op.Add), "add2", "add2")
                .addLayer("c3", Networks.convolution(20, 20, 1, 1, Activation.TANH), "twice")
                .addVertex("add3", new ElementWiseVertex(ElementWiseVertex.Op.Add), "twice", "c3")
                .addLayer("r3", new ActivationLayer(Activation.RELU), "add3")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.MAX), "r3")
                .addLayer("out", Networks.output(), "global"), new ImageShape(3, 8, 8));
    }

    /** The other operations on two maps or more; many numbers are equal where a rectifier made zeros of them. */
    private static Network elementwise() {
        return Networks.network(Networks.builder()
                .addLayer("stem", Networks.convolution(3, 20, 3, 1, Activation.RELU), "in")
                .addLayer("c1", Networks.convolution(20, 20, 3, 1, Activation.RELU), "stem")
                .addVertex("max", new ElementWiseVertex(ElementWiseVertex.Op.Max), "stem", "c1")
                .addLayer("c2", Networks.convolution(20, 20, 3, 1, Activation.IDENTITY), "max")
                .addVertex("difference", new ElementWiseVertex(ElementWiseVertex.Op.Subtract), "c2", "c1")
                .addLayer("c3", Networks.convolution(20, 20, 1, 1, Activation.TANH), "difference")
                .addVertex("mean", new ElementWiseVertex(ElementWiseVertex.Op.Average), "difference", "c3", "stem")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "mean")
                .addLayer("out", Networks.output(), "global"), new ImageShape(3, 8, 8));
    }

    /** Concatenations in which channels begin within blocks of 16: few of them, many, and several parts in one block. */
    private static Network withinBlocks() {
        return Networks.network(Networks.builder()
                .addLayer("stem", Networks.convolution(3, 20, 3, 1, Activation.RELU), "in")
                .addLayer("c1", Networks.convolution(20, 12, 3, 1, Activation.RELU), "stem")
                .addVertex("aligned", new MergeVertex(), "stem", "c1")
                .addLayer("c2", Networks.convolution(32, 12, 3, 1, Activation.TANH), "aligned")
                .addVertex("44", new MergeVertex(), "aligned", "c2")
                .addLayer("r3", new ActivationLayer(Activation.RELU), "44")
                .addLayer("c3", Networks.convolution(44, 12, 3, 1, Activation.IDENTITY), "r3")
                .addVertex("56", new MergeVertex(), "44", "c3")
                .addLayer("c4", Networks.convolution(56, 3, 1, 1, Activation.RELU), "56")
                .addLayer("c5", Networks.convolution(56, 4, 1, 1, Activation.TANH), "56")
                .addVertex("several", new MergeVertex(), "56", "c4", "c5", "c2", "c3")
                .addLayer("c6", Networks.convolution(87, 72, 1, 1, Activation.RELU), "several")
                .addVertex("many", new MergeVertex(), "several", "c6")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "many")
                .addLayer("out", Networks.output(), "global"), new ImageShape(3, 8, 8));
    }

    /** Smaller maps repeated and added to larger ones, in both directions by different factors. */
    private static Network fused() {
        return Networks.network(Networks.builder()
                .addLayer("stem", Networks.convolution(3, 20, 3, 1, Activation.RELU), "in")
                .addLayer("half", Networks.convolution(20, 20, 3, 2, Activation.RELU), "stem")
                .addLayer("narrow", new SubsamplingLayer.Builder(PoolingType.MAX).kernelSize(1, 3).stride(1, 3).build(), "stem")
                .addLayer("twice", new Upsampling2D.Builder(2).build(), "half")
                .addLayer("thrice", new Upsampling2D.Builder().size(new int[] {1, 3}).build(), "narrow")
                .addVertex("add", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem", "twice", "thrice")
                .addLayer("c", Networks.convolution(20, 20, 3, 1, Activation.TANH), "add")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "c")
                .addLayer("out", Networks.output(), "global"), new ImageShape(3, 12, 12));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void predictionsAgree(String name, Network network) {
        INDArray images = Networks.images(network, BATCH);
        assertThat(Networks.difference(predicted(ONEDNN, network, images), predicted(DL4J, network, images))).isLessThan(OUTPUTS);
    }

    private static INDArray predicted(Engine engine, Network network, INDArray images) {
        try (Program program = engine.compile(network, Wanted.PREDICTIONS)) {
            return program.predict(images);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void lossAndGradientsAgree(String name, Network network) {
        assertAgreement(network, trainable(network));
    }

    /** Kernels and their biases too, batch norms on the statistics of their batches. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void lossAndGradientsOfAllWeightsAgree(String name, Network network) {
        Set<ParameterKey> all = trainable(network);
        all.addAll(kernels(network));
        assertAgreement(network, all);
    }

    /** Every batch norm is frozen: none of them may go into a kernel that trains. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void gradientsOfKernelsAloneAgree(String name, Network network) {
        assertAgreement(network, kernels(network));
    }

    /** Every batch norm is frozen, and the lowest layers are below all that trains. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void gradientsOfSomeFactorsAloneAgree(String name, Network network) {
        List<Node> scalings = Decomposition.scalings(network);
        Set<ParameterKey> some = scalings.subList(scalings.size() / 2, scalings.size()).stream()
                .map(node -> new ParameterKey(node.name(), BasisScalingConvolution.FACTORS))
                .collect(Collectors.toSet());
        assertAgreement(network, some);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void lossAndGradientsAgreeWhereATeacherHasAShare(String name, Network network) {
        assertAgreement(network, new Wanted(trainable(network), WEIGHTS, Optional.of(new Distillation(0.7, 3))), Networks.taught(BATCH));
    }

    private static void assertAgreement(Network network, Set<ParameterKey> keys) {
        assertAgreement(network, new Wanted(keys, WEIGHTS), Networks.labels(BATCH));
    }

    private static void assertAgreement(Network network, Wanted parameters, INDArray labels) {
        Set<ParameterKey> wanted = parameters.gradients();
        assumeThat(wanted).as("something that trains").isNotEmpty();
        INDArray images = Networks.images(network, BATCH);
        try (Program one = DL4J.compile(network, parameters); Program other = ONEDNN.compile(network, parameters)) {
            for (int step = 0; step < 2; step++) {
                // Both engines draw the same dropout.
                Nd4j.getRandom().setSeed(Networks.SEED);
                Program.Step a = one.step(images, labels);
                Nd4j.getRandom().setSeed(Networks.SEED);
                Program.Step b = other.step(images, labels);
                assertAgreement(a, b);
                wanted.forEach(key -> {
                    INDArray moved = one.get(key).sub(a.gradients().get(key).mul(0.1));
                    one.set(key, moved);
                    other.set(key, moved);
                });
            }
            assertThat(Networks.difference(other.predict(images), one.predict(images))).isLessThan(OUTPUTS);
        }
    }

    private static void assertAgreement(Program.Step expected, Program.Step given) {
        assertThat(given.loss()).isCloseTo(expected.loss(), within(GRADIENTS * Math.abs(expected.loss())));
        assertThat(given.gradients().keySet()).isEqualTo(expected.gradients().keySet());
        double largest = expected.gradients().values().stream().mapToDouble(g -> g.amaxNumber().doubleValue()).max().orElse(0);
        expected.gradients().forEach((key, gradient) -> {
            INDArray other = given.gradients().get(key).reshape(gradient.shape());
            // Some are 0 but for rounding: a shift before another batch norm.
            double scale = Math.max(gradient.amaxNumber().doubleValue(), NOTHING * largest);
            assertThat(other.sub(gradient).amaxNumber().doubleValue()).as("%s", key).isLessThan(GRADIENTS * scale);
        });
    }

    /** What stages train with this engine: factors, dense layers, batch norms. */
    static Set<ParameterKey> trainable(Network network) {
        Set<ParameterKey> keys = new HashSet<>();
        // With the statistics of its batches a batch norm undoes the factors before it: their gradients are 0 but for rounding.
        boolean scaled = !ChannelScalings.scalings(network).isEmpty();
        network.nodes().forEach(node -> {
            if (Decomposition.isScaling(node)) {
                keys.add(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS));
            } else if (ChannelScalings.isScaling(node)) {
                keys.add(new ParameterKey(node.name(), ChannelScaling.FACTORS));
            } else if (node.parameters().containsKey("W") && node.parameter("W").rank() == 2) {
                keys.add(new ParameterKey(node.name(), "W"));
                keys.add(new ParameterKey(node.name(), "b"));
            } else if (node.layer(BatchNormalization.class).isPresent() && !scaled) {
                keys.add(new ParameterKey(node.name(), "gamma"));
                keys.add(new ParameterKey(node.name(), "beta"));
            }
        });
        return keys;
    }

    /** Kernels and biases of convolutions of every kind. */
    static Set<ParameterKey> kernels(Network network) {
        Set<ParameterKey> keys = new HashSet<>();
        network.nodes().stream()
                .filter(node -> node.parameters().containsKey("W") && node.parameter("W").rank() == 4)
                .forEach(node -> node.parameters().keySet().forEach(name -> keys.add(new ParameterKey(node.name(), name))));
        return keys;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void everyLayerThatIsObservedAgrees(String name, Network network) {
        INDArray images = Networks.images(network, 2);
        Set<String> all = network.nodes().stream().map(node -> node.name()).collect(Collectors.toSet());
        try (Program one = DL4J.compile(network, Wanted.PREDICTIONS);
                Program other = ONEDNN.compile(network, Wanted.PREDICTIONS)) {
            Map<String, INDArray> expected = one.observe(all, images);
            Map<String, INDArray> given = other.observe(all, images);
            expected.forEach((layer, value) -> {
                assertThat(given.get(layer).shape()).as(layer).isEqualTo(value.shape());
                assertThat(Networks.difference(given.get(layer), value)).as(layer).isLessThan(OUTPUTS);
            });
        }
    }
}
