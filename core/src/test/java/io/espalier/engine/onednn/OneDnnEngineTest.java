package io.espalier.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingException;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

@EnabledOnOs(architectures = {"amd64", "x86_64"})
class OneDnnEngineTest {

    private static final int BATCH = 6;
    private static final double STEP = 1e-5;
    private static final int ENTRIES = 3;
    private static final long MEGABYTE = 1 << 20;

    private final Engine engine = new OneDnnEngine();

    /** Differences of losses in float64, which the other engine computes. */
    @Test
    void gradientsAgreeWithFiniteDifferences() {
        for (Network network : List.of(Networks.chain(), Networks.pooled(), Networks.residual(), Networks.depthwise())) {
            Network decomposed = Decomposition.decompose(network);
            Set<ParameterKey> keys = AgreementTest.trainable(decomposed);
            keys.addAll(AgreementTest.kernels(decomposed));
            INDArray images = Networks.images(decomposed, BATCH);
            INDArray labels = Networks.labels(BATCH);
            try (Program program = engine.compile(decomposed, new Wanted(keys, List.of()));
                    Program exact = new Dl4jEngine(DataType.DOUBLE).compile(decomposed, new Wanted(keys, List.of()))) {
                Map<ParameterKey, INDArray> gradients = program.step(images, labels).gradients();
                keys.forEach(key -> assertGradient(key, gradients.get(key), exact, images, labels));
            }
        }
    }

    private static void assertGradient(ParameterKey key, INDArray gradient, Program exact, INDArray images, INDArray labels) {
        INDArray value = exact.get(key);
        INDArray flat = gradient.reshape(gradient.length());
        double largest = flat.amaxNumber().doubleValue();
        for (long i = 0; i < value.length(); i += Math.max(1, value.length() / ENTRIES)) {
            double numeric = (lossWith(exact, key, value, i, STEP, images, labels) - lossWith(exact, key, value, i, -STEP, images, labels)) / (2 * STEP);
            assertThat(flat.getDouble(i)).as("%s[%d]", key, i).isCloseTo(numeric, within(1e-3 * largest + 1e-6));
        }
        exact.set(key, value);
    }

    private static double lossWith(
            Program program, ParameterKey key, INDArray value, long i, double change, INDArray images, INDArray labels) {
        INDArray changed = value.dup('c');
        changed.putScalar(i, changed.getDouble(i) + change);
        program.set(key, changed);
        return program.step(images, labels).loss();
    }

    @Test
    void theSameStepsGiveTheSameBits() {
        for (Network network : Networks.all()) {
            Network decomposed = Decomposition.decompose(network);
            assertThat(afterTwoSteps(decomposed, 0)).isEqualTo(afterTwoSteps(decomposed, 0));
        }
    }

    /** Plans share memory; none may expect there what it left. */
    @Test
    void predictionsBetweenStepsChangeNoStep() {
        for (Network network : Networks.all()) {
            Network decomposed = Decomposition.decompose(network);
            Map<ParameterKey, List<Float>> undisturbed = afterTwoSteps(decomposed, 0);
            assertThat(afterTwoSteps(decomposed, BATCH - 1)).isEqualTo(undisturbed);
            assertThat(afterTwoSteps(decomposed, 4 * BATCH)).isEqualTo(undisturbed);
        }
    }

    /** @param between images that are predicted for between the steps, and all nodes observed */
    private Map<ParameterKey, List<Float>> afterTwoSteps(Network network, int between) {
        Set<ParameterKey> keys = AgreementTest.trainable(network);
        INDArray images = Networks.images(network, BATCH);
        Map<ParameterKey, List<Float>> bits = new TreeMap<>();
        Nd4j.getRandom().setSeed(Networks.SEED);
        try (Program program = engine.compile(network, new Wanted(keys, List.of()))) {
            program.step(images, Networks.labels(BATCH)).gradients().forEach((key, gradient) -> program.set(key, program.get(key).sub(gradient)));
            if (between > 0) {
                INDArray others = Networks.images(network, between);
                program.predict(others);
                program.observe(Set.of(network.nodes().get(0).name(), network.output()), others);
            }
            program.step(images, Networks.labels(BATCH)).gradients().forEach((key, gradient) -> {
                List<Float> numbers = new ArrayList<>();
                for (float number : gradient.dup('c').data().asFloat()) {
                    numbers.add(number);
                }
                bits.put(key, numbers);
            });
        }
        return bits;
    }

    /** The last batch of an epoch is smaller, and a prediction may be of one image. */
    @Test
    void batchesOfAnySizeGiveTheSameNumbers() {
        Network network = Decomposition.decompose(Networks.residual());
        INDArray images = Networks.images(network, 7);
        try (Program program = engine.compile(network, Wanted.PREDICTIONS)) {
            INDArray all = program.predict(images);
            for (int size = 1; size <= 7; size++) {
                INDArray some = images.get(NDArrayIndex.interval(0, size));
                INDArray expected = all.get(NDArrayIndex.interval(0, size)).dup('c');
                assertThat(Networks.difference(program.predict(some), expected)).isLessThan(1e-5);
            }
        }
    }

    @Test
    void whatIsSetIsUsedAtOnce() {
        Network network = Decomposition.decompose(Networks.chain());
        ParameterKey factors = new ParameterKey("conv2", BasisScalingConvolution.FACTORS);
        INDArray images = Networks.images(network, BATCH);
        Network changed = network.edit()
                .replace(network.node("conv2").with(Map.of(BasisScalingConvolution.FACTORS, network.node("conv2").parameter("v").mul(-2))))
                .build();
        try (Program program = engine.compile(network, new Wanted(Set.of(factors), List.of()));
                Program other = engine.compile(changed, Wanted.PREDICTIONS)) {
            program.predict(images);
            program.step(images, Networks.labels(BATCH));
            program.set(factors, program.get(factors).mul(-2));
            assertThat(Networks.difference(program.predict(images), other.predict(images))).isLessThan(1e-5);
        }
    }

    @Test
    void aLayerThatIsNotKnownIsNamed() {
        Network network = responding();
        assertThatThrownBy(() -> engine.compile(network, Wanted.PREDICTIONS))
                .isInstanceOf(UnsupportedLayerException.class)
                .hasMessage("onednn does not know the kind of layer 'response' (LocalResponseNormalization); use --engine dl4j, or leave --engine out");
    }

    @Test
    void theEngineOfChoiceRunsWhatIsNotKnownOnDl4jAndSaysSoOnce() {
        List<String> said = new ArrayList<>();
        Engine fastest = new FastestEngine(said::add);
        Network network = responding();
        INDArray images = Networks.images(network, 2);
        for (int i = 0; i < 2; i++) {
            try (Program program = fastest.compile(network, Wanted.PREDICTIONS)) {
                assertThat(Networks.difference(program.predict(images), network.graph().outputSingle(images))).isLessThan(1e-5);
            }
        }
        fastest.compile(Networks.chain(), Wanted.PREDICTIONS).close();
        assertThat(said).containsExactly("runs on the engine dl4j: onednn does not know the kind of layer 'response' (LocalResponseNormalization)");
    }

    private static Network responding() {
        return Networks.network(Networks.builder()
                .addLayer("conv", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("response", new LocalResponseNormalization(), "conv")
                .addLayer("global", new GlobalPoolingLayer(), "response")
                .addLayer("out", Networks.output(), "global"), new ImageShape(1, 8, 8));
    }

    @Test
    void whatNothingTrainsIsForTheOtherEngine() {
        ParameterKey singularValues = new ParameterKey("conv2", BasisScalingConvolution.SINGULAR_VALUES);
        assertThatThrownBy(() -> engine.compile(Decomposition.decompose(Networks.chain()), new Wanted(Set.of(singularValues), List.of())))
                .isInstanceOf(UnsupportedLayerException.class)
                .hasMessageContaining("the gradient of parameter 's' of layer 'conv2'");
    }

    @Test
    void aStepThatNeedsMoreThanIsLeftIsRefusedWithTheEstimate() {
        long megabyte = MEGABYTE;
        new Budget(100 * megabyte, 400 * megabyte).require("a training step of 64 images", 100 * megabyte, 10 * megabyte);
        assertThatThrownBy(() -> new Budget(100 * megabyte, 400 * megabyte).require("a training step of 64 images", 300 * megabyte, 10 * megabyte))
                .isInstanceOf(TrainingException.class)
                .hasMessage(String.format("a training step of 64 images needs 300 MB between the layers, beside 10 MB of weights, and 100 MB are left of "
                        + "the 400 MB that tensors may take%n    give a smaller batch=, or more memory: ESPALIER_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=750m"));
    }

    @Test
    void aProgramThatCannotHaveItsMemoryIsRefusedBeforeItsFirstStep() {
        Network network = Decomposition.decompose(Networks.vgg());
        try (Program program = engine.compile(network, new Wanted(AgreementTest.trainable(network), List.of()))) {
            assertThatThrownBy(() -> program.prepare(2_000_000)).isInstanceOf(TrainingException.class).hasMessageContaining("MB between the layers");
            assertThat(program.prepare(4).orElseThrow().activations()).isPositive();
            assertThat(program.step(Networks.images(network, 4), Networks.labels(4)).loss()).isFinite();
        }
    }

    @Test
    void twoHundredProgramsLeaveNoMemoryBehind() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), ManyPrograms.class.getName(), "100", "200");
        // What is freed goes back to the system at once: glibc otherwise keeps up to 190 MB of it in pieces, which is no leak.
        builder.environment().putAll(Map.of("MALLOC_ARENA_MAX", "1", "MALLOC_MMAP_THRESHOLD_", "131072", "MALLOC_TRIM_THRESHOLD_", "131072"));
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        long grown = Long.parseLong(said.substring(said.lastIndexOf("grown by ")).strip().split(" ")[2]);
        assertThat(grown).as("bytes after 200 rounds").isLessThan(50 * MEGABYTE);
    }
}
