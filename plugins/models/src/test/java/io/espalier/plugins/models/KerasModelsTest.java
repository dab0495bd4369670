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
        check(name, keras, new KerasWeightsReader().read(keras.file(), new NoOptions()));
    }

    static void check(String name, KerasFixture keras, Pretrained pretrained) {
        INDArray expected = classProbabilities(keras.expected(), pretrained);
        assertThat(error(pretrained.graph().outputSingle(keras.images()), expected)).as("%s in DL4J's graph", name).isLessThan(TOLERANCE);
        Network network = network(keras, pretrained);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            assertThat(error(program.predict(keras.images()), expected)).as("%s in the engine", name).isLessThan(TOLERANCE);
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
