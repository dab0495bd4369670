package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class Dl4jEngineTest {

    private static final int BATCH = 6;
    private static final double STEP = 1e-5;

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
        Network decomposed = Decomposition.decompose(network);
        Set<ParameterKey> factors = new LinkedHashSet<>();
        Decomposition.scalings(decomposed).forEach(n -> factors.add(new ParameterKey(n.name(), BasisScalingConvolution.FACTORS)));
        assertGradients(decomposed, factors, List.of());
    }

    @Test
    void gradientsOfEveryParameterAgreeWithFiniteDifferences() {
        for (Network network : List.of(Networks.pooled(), Networks.depthwise())) {
            Set<ParameterKey> all = new LinkedHashSet<>();
            network.nodes().forEach(n -> n.parameters().keySet().forEach(p -> all.add(new ParameterKey(n.name(), p))));
            assertGradients(network, all, List.of());
        }
    }

    @Test
    void classWeightsAreInLossAndGradient() {
        Network network = Networks.pooled();
        assertGradients(network, Set.of(new ParameterKey("a", "W"), new ParameterKey("out", "b")), List.of(1.0, 3.0, 0.5, 2.0, 0.25));
    }

    /** Central differences in float64 on some entries of each parameter. */
    private static void assertGradients(Network network, Set<ParameterKey> keys, List<Double> classWeights) {
        INDArray images = Networks.images(network, BATCH).castTo(DataType.DOUBLE);
        INDArray labels = Networks.labels(BATCH).castTo(DataType.DOUBLE);
        try (Program program = new Dl4jEngine(DataType.DOUBLE).compile(network, new Wanted(keys, classWeights))) {
            Map<ParameterKey, INDArray> gradients = program.step(images, labels).gradients();
            assertThat(gradients.keySet()).containsExactlyInAnyOrderElementsOf(keys);
            for (ParameterKey key : keys) {
                INDArray value = program.get(key);
                INDArray gradient = gradients.get(key).dup('c');
                double largest = gradient.ameanNumber().doubleValue() + gradient.amaxNumber().doubleValue();
                for (long i = 0; i < value.length(); i += Math.max(1, value.length() / 7)) {
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
            assertThat(Networks.difference(program.get(mean), before)).isGreaterThan(1e-3);
        }
        Node frozen = network.node("n1");
        assertThat(frozen.layer(BatchNormalization.class)).isPresent();
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
