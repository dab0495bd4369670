package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.layers.ChannelAffine;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Files that Keras 3.15 and Keras 2.21 wrote, against what these versions themselves predict. */
class KerasModelsTest {

    /** max |a - b| / max |b| over the tensor. */
    static final double TOLERANCE = 1e-4;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {
        "plain.h5", "residual.h5", "bottleneck.h5", "dense.h5", "inverted.h5", "attention.h5", "separable.h5",
        "plain.keras", "inverted.keras",
        "plain-keras2.h5", "residual-keras2.h5", "bottleneck-keras2.h5", "dense-keras2.h5", "inverted-keras2.h5",
        "attention-keras2.h5", "separable-keras2.h5",
        "vgg16.h5", "vgg16-notop.h5", "vgg19.h5", "resnet50.h5", "resnet50-notop.weights.h5", "densenet121.h5", "mobilenetv2.h5"})
    void predictsWhatKerasPredicts(String name) throws IOException {
        KerasFixture keras = KerasFixture.of(name, folder);
        Pretrained pretrained = new KerasWeightsReader().read(keras.file(), new NoOptions());
        check(name, keras, pretrained);
        assertThat(parameters(keras, pretrained)).as("parameters of %s", name).isEqualTo(keras.trainable() + added(name));
    }

    /** A batch norm with shift but without scale gets a scale of 1, and the other way round; one unit with sigmoid becomes two. */
    private static long added(String name) {
        if (name.startsWith("residual")) {
            return 10;
        }
        if (name.startsWith("bottleneck")) {
            return 2 * 4;
        }
        // As many weights as pixels and channels of the last feature map, and a bias.
        return name.startsWith("separable") ? 7 * 6 * 23 + 1 : 0;
    }

    /** What our cost counts, without frozen affines of pixels before the network. */
    static long parameters(KerasFixture keras, Pretrained pretrained) {
        Network network = network(keras, pretrained);
        long affines = network.nodes().stream().filter(node -> node.layer(ChannelAffine.class).isPresent())
                .flatMap(node -> node.parameters().values().stream()).mapToLong(INDArray::length).sum();
        return Cost.of(network).parameters() - affines;
    }

    /** @return the larger of the two errors */
    static double check(String name, KerasFixture keras, Pretrained pretrained) {
        INDArray expected = classProbabilities(keras.expected(), pretrained);
        double graph = error(pretrained.graph().outputSingle(keras.images()), expected);
        assertThat(graph).as("%s in DL4J's graph", name).isLessThan(TOLERANCE);
        try (Program program = new Dl4jEngine().compile(network(keras, pretrained), Wanted.PREDICTIONS)) {
            double engine = error(program.predict(keras.images()), expected);
            assertThat(engine).as("%s in the engine", name).isLessThan(TOLERANCE);
            return Math.max(graph, engine);
        }
    }

    private static Network network(KerasFixture keras, Pretrained pretrained) {
        INDArray images = keras.images();
        ImageShape shape = new ImageShape((int) images.size(1), (int) images.size(2), (int) images.size(3));
        return Network.of(pretrained.graph(), new Preprocessing(shape, Fit.PAD, Normalisation.UNIT), List.of());
    }

    /** Logits get a softmax here, and one unit with sigmoid becomes two classes. */
    private static INDArray classProbabilities(INDArray keras, Pretrained pretrained) {
        if (keras.rank() == 2 && keras.size(1) == 1) {
            return Nd4j.concat(1, keras.rsub(1), keras);
        }
        boolean logits = pretrained.graph().getConfiguration().getNetworkOutputs().get(0).endsWith("-softmax");
        return logits ? Transforms.softmax(keras) : keras;
    }

    static double error(INDArray actual, INDArray expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        return actual.sub(expected).amaxNumber().doubleValue() / expected.amaxNumber().doubleValue();
    }
}
