package io.espalier.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Precision;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Convolutions in bf16 compute nearly what those in float32 do. Every number that they read is rounded to 8 significant bits, by at
 * most one part in 512; their sums and everything between them are float32's.
 */
@EnabledOnOs(architectures = {"amd64", "x86_64"})
class Bf16Test {

    private static final int BATCH = 6;
    private static final double OUTPUTS = 1e-2;
    /** Of the length of all gradients together. */
    private static final double GRADIENTS = 1e-1;

    private final Engine exact = new OneDnnEngine();

    static Stream<String> networks() {
        return Networks.byName().keySet().stream();
    }

    @BeforeEach
    void aProcessorWithBf16() {
        assumeThat(Library.find().orElseThrow().multipliesBf16()).as("instructions for bf16").isTrue();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void predictionsGradientsAndLossAgree(String name) {
        Network network = Heads.replace(
                Decomposition.decompose(Networks.byName().get(name)), List.of("a", "b", "c", "d", "e"), new Random(Networks.SEED));
        Engine coarse = new OneDnnEngine(Precision.BF16);
        INDArray images = Networks.images(network, BATCH);
        INDArray labels = Networks.labels(BATCH);
        try (Program one = exact.compile(network, Wanted.PREDICTIONS); Program other = coarse.compile(network, Wanted.PREDICTIONS)) {
            double difference = Networks.difference(other.predict(images), one.predict(images));
            assertThat(difference).as("not 0, or nothing was in bf16").isBetween(1e-6, OUTPUTS);
        }
        Set<ParameterKey> factors = Decomposition.scalings(network).stream()
                .map(node -> new ParameterKey(node.name(), BasisScalingConvolution.FACTORS))
                .collect(Collectors.toSet());
        assumeThat(factors).as("something that trains").isNotEmpty();
        try (Program one = exact.compile(network, new Wanted(factors, List.of())); Program other = coarse.compile(network, new Wanted(factors, List.of()))) {
            Nd4j.getRandom().setSeed(Networks.SEED);
            Program.Step a = one.step(images, labels);
            Nd4j.getRandom().setSeed(Networks.SEED);
            Program.Step b = other.step(images, labels);
            assertThat(b.loss()).isCloseTo(a.loss(), within(OUTPUTS * a.loss()));
            assertThat(length(factors, key -> b.gradients().get(key).sub(a.gradients().get(key))) / length(factors, a.gradients()::get))
                    .isBetween(1e-6, GRADIENTS);
        }
    }

    /** Euclidean, of many tensors together. */
    private static double length(Set<ParameterKey> keys, Function<ParameterKey, INDArray> tensors) {
        return Math.sqrt(keys.stream().map(tensors).mapToDouble(tensor -> Math.pow(tensor.norm2Number().doubleValue(), 2)).sum());
    }

    /** Integers have exact sums in float32, and up to 256 are exact in bf16. */
    @Test
    void sumsAreInFloat32AndWhatIsReadIsRounded() {
        Network network = pointwise(Nd4j.createFromArray(1f, 1f).reshape(1, 2, 1, 1));
        INDArray images = Nd4j.createFromArray(256f, 1f).reshape(1, 2, 1, 1);
        assertThat(observed(new OneDnnEngine(Precision.BF16), network, images)).isEqualTo(257);
        INDArray between = Nd4j.createFromArray(257f, 0f).reshape(1, 2, 1, 1);
        assertThat(observed(exact, network, between)).isEqualTo(257);
        assertThat(observed(new OneDnnEngine(Precision.BF16), network, between)).as("257 has 9 significant bits").isEqualTo(256);
    }

    private static double observed(Engine engine, Network network, INDArray images) {
        try (Program program = engine.compile(network, Wanted.PREDICTIONS)) {
            return program.observe(Set.of("c"), images).get("c").getDouble(0);
        }
    }

    private static Network pointwise(INDArray kernel) {
        Network network = Networks.network(Networks.builder()
                .addLayer("c", Networks.convolution(2, 1, 1, 1, Activation.IDENTITY), "in")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "c")
                .addLayer("out", Networks.output(), "global"), new ImageShape(2, 1, 1));
        return network.edit().replace(network.node("c").with(Map.of("W", kernel, "b", Nd4j.zeros(1, 1)))).build();
    }

    @Test
    void itsFingerprintIsAnotherAndItsExactEngineIsFloat32s() {
        Engine coarse = new OneDnnEngine(Precision.BF16);
        assertThat(coarse.fingerprint()).isNotEqualTo(exact.fingerprint()).startsWith("onednn bf16 ");
        assertThat(coarse.exact().fingerprint()).isEqualTo(exact.fingerprint());
        assertThat(exact.exact()).isSameAs(exact);
    }
}
