package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Shared;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Both engines on real weights: VGG16 as it is, and decomposed with a new head. */
@EnabledOnOs(architectures = {"amd64", "x86_64"})
class Vgg16EnginesTest {

    private static final int SEED = 3;
    private static final int BATCH = 4;
    private static final int CLASSES = 10;

    @Test
    void theEnginesAgreeOnRealWeights() throws IOException {
        Network network = network();
        INDArray images = images();
        Network decomposed = Decomposition.decompose(network);
        assertThat(difference(predicted(new OneDnnEngine(), network, images), predicted(new Dl4jEngine(), network, images))).isLessThan(1e-4);

        Set<ParameterKey> wanted = new HashSet<>(Set.of(new ParameterKey("head", "W"), new ParameterKey("head", "b")));
        Decomposition.scalings(decomposed).forEach(node -> wanted.add(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS)));
        Program.Step expected = step(new Dl4jEngine(), decomposed, wanted, images);
        Program.Step given = step(new OneDnnEngine(), decomposed, wanted, images);
        assertThat(given.loss()).isCloseTo(expected.loss(), within(1e-3 * expected.loss()));
        for (Map.Entry<ParameterKey, INDArray> gradient : expected.gradients().entrySet()) {
            INDArray other = given.gradients().get(gradient.getKey()).reshape(gradient.getValue().shape());
            assertThat(difference(other, gradient.getValue())).as("%s", gradient.getKey()).isLessThan(1e-3);
        }
    }

    private static Network network() throws IOException {
        Pretrained pretrained = new KerasWeightsReader().read(Shared.file("models/vgg16-hed-notop.h5"), new NoOptions());
        Preprocessing preprocessing = new Preprocessing(new ImageShape(3, 32, 32), Fit.PAD, pretrained.usual());
        List<String> classes = new Random(SEED).ints(CLASSES).mapToObj(String::valueOf).toList();
        return Heads.replace(Network.of(pretrained.graph(), preprocessing, List.of()), classes, new Random(SEED));
    }

    /** As the preprocessing leaves them: between about -120 and 150. */
    private static INDArray images() {
        Nd4j.getRandom().setSeed(SEED);
        return Nd4j.rand(DataType.FLOAT, BATCH, 3, 32, 32).muli(255).subi(110);
    }

    private static INDArray predicted(Engine engine, Network network, INDArray images) {
        try (Program program = engine.compile(network, Wanted.PREDICTIONS)) {
            return program.predict(images);
        }
    }

    private static Program.Step step(Engine engine, Network network, Set<ParameterKey> wanted, INDArray images) {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i, 1);
        }
        try (Program program = engine.compile(network, new Wanted(wanted, List.of()))) {
            Program.Step step = program.step(images, labels);
            Map<ParameterKey, INDArray> copies = new TreeMap<>();
            step.gradients().forEach((key, gradient) -> copies.put(key, gradient.dup()));
            return new Program.Step(step.loss(), copies);
        }
    }

    /** max|a - b| / max|b|. */
    private static double difference(INDArray a, INDArray b) {
        return a.sub(b).amaxNumber().doubleValue() / b.amaxNumber().doubleValue();
    }
}
