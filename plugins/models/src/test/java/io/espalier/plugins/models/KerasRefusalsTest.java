package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a Keras model may not be, each told with the layer, the value and the mend. */
class KerasRefusalsTest {

    private final KerasWeightsReader reader = new KerasWeightsReader();

    @TempDir
    Path folder;

    private Pretrained read(KerasModelFile model) throws IOException {
        return reader.read(model.write(folder.resolve("model.h5")), new NoOptions());
    }

    private void refuses(KerasModelFile model, String... parts) {
        assertThatThrownBy(() -> read(model)).isInstanceOf(InputException.class)
                .hasMessageContaining("model.h5").hasMessageContainingAll(parts);
    }

    private static KerasModelFile convolved() {
        return new KerasModelFile().convolution("conv", "image", 3, 4);
    }

    @Test
    void whatTheOtherTestsSpoilIsRead() throws IOException {
        Pretrained network = read(convolved().head("conv", 4));
        assertThat(network.input()).contains(new ImageShape(3, 8, 8));
        assertThat(network.usual()).isEqualTo(Normalisation.UNIT);
        assertThat(network.graph().getConfiguration().getNetworkOutputs()).containsExactly("out");
    }

    @Test
    void everyUnknownLayerIsNamedAtOnceWithThoseThatAreKnown() {
        refuses(convolved().layer("PReLU", "prelu", "", "conv").layer("Conv2DTranspose", "up", "", "prelu").head("up", 4),
                "'prelu' (PReLU)", "'up' (Conv2DTranspose)", "Known are", "DepthwiseConv2D", "export the model as ONNX");
    }

    @Test
    void channelsFirstIsRefused() {
        refuses(new KerasModelFile().layer("Conv2D", "conv", "\"data_format\": \"channels_first\"", "image"),
                "'conv'", "channels_first", "channels_last");
    }

    @Test
    void aLayerWithWeightsThatIsCalledTwiceIsRefused() {
        KerasModelFile model = convolved()
                .called("Conv2D", "twice", "\"kernel_size\": 1", KerasModelFile.node("conv"), KerasModelFile.node("twice@0"))
                .weights("twice", new float[1][1][4][4], new float[4]);
        refuses(model.outputs("[\"twice\", 1, 0]"), "'twice'", "called 2 times");
    }

    @Test
    void severalInputsAndOutputsAreRefused() {
        refuses(convolved().head("conv", 4).inputs("[[\"image\", 0, 0], [\"other\", 0, 0]]"), "2 inputs", "one input");
        refuses(convolved().head("conv", 4).outputs("[[\"out\", 0, 0], [\"conv\", 0, 0]]"), "2 outputs", "one output");
        refuses(convolved().head("conv", 4).outputs("{\"a\": [\"out\", 0, 0]}"), "one output");
    }

    @Test
    void aModelOfItsOwnClassIsRefused() {
        refuses(convolved().head("conv", 4).kind("MyModel"), "'MyModel'", "Sequential and Functional");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "selu", "my_function"})
    void anUnknownActivationIsNamed(String activation) {
        refuses(convolved().layer("Activation", "act", "\"activation\": \"" + activation + "\"", "conv"),
                "'act'", "'" + activation + "'", "known are", "relu6");
    }

    @Test
    void missingWeightsAreTold() {
        refuses(new KerasModelFile().layer("Conv2D", "conv", "\"kernel_size\": [1, 1], \"filters\": 4", "image"),
                "'conv'", "a kernel and a bias", "no weights for it");
        refuses(new KerasModelFile().layer("Normalization", "norm", "", "image"), "'norm'", "adapt()");
    }

    @Test
    void shapesThatDisagreeAreToldWithBoth() {
        refuses(convolved().weights("conv", new float[1][1][5][4], new float[4]), "'conv'", "[1, 1, 5, 4]", "[1, 1, 3, 4]");
        refuses(convolved().head("conv", 4).weights("out", new float[5][2], new float[2]), "'out'", "[5, 2]", "[4, 2]");
        refuses(convolved().convolution("other", "image", 3, 6).layer("Add", "sum", "", "conv", "other"),
                "'sum'", "[8, 8, 4]", "[8, 8, 6]");
    }

    @Test
    void batchNormOverRowsIsRefused() {
        refuses(convolved().layer("BatchNormalization", "norm", "\"axis\": 1", "conv"), "'norm'", "axis", "-1");
    }

    @Test
    void outputsThatAreNoClassesAreRefused() {
        KerasModelFile many = convolved().layer("GlobalAveragePooling2D", "pool", "", "conv")
                .layer("Dense", "out", "\"activation\": \"sigmoid\"", "pool").weights("out", new float[4][3], new float[3]);
        refuses(many, "'out'", "3 units", "sigmoid", "softmax");
        KerasModelFile one = convolved().layer("GlobalAveragePooling2D", "pool", "", "conv")
                .layer("Dense", "out", "", "pool").weights("out", new float[4][1], new float[1]);
        refuses(one, "'out'", "1 unit", "sigmoid");
        refuses(new KerasModelFile().layer("Dropout", "drop", "", "image"), "no layer that computes anything");
    }

    @Test
    void softmaxOverChannelsIsRefused() {
        refuses(convolved().layer("Softmax", "soft", "", "conv"), "'soft'", "[8, 8, 4]");
    }

    @Test
    void anImageThatIsTooSmallIsToldBeforeAnythingIsComputed() {
        KerasModelFile model = convolved().layer("MaxPooling2D", "pool", "\"pool_size\": [9, 9]", "conv");
        refuses(model, "'pool'", "[8, 8, 4]");
    }

    @Test
    void inputsThatAreNoImagesAreRefused() {
        refuses(new KerasModelFile().without(0).input("image", "[null, 10, 3]").convolution("conv", "image", 3, 4), "[null,10,3]", "images");
        refuses(new KerasModelFile().without(0).input("image", "[null, null, null, null]").convolution("conv", "image", 3, 4), "images");
    }

    @Test
    void quantisedModelsAreRefusedAndMixedPrecisionIsRead() throws IOException {
        String quantised = "\"dtype\": {\"class_name\": \"QuantizedDTypePolicy\", \"config\": {\"mode\": \"int8\"}}";
        refuses(convolved().layer("Dropout", "drop", quantised, "conv"), "'drop'", "quantised");
        String mixed = "\"dtype\": {\"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"mixed_float16\"}}";
        assertThat(read(convolved().layer("Activation", "act", mixed + ", \"activation\": \"relu\"", "conv").head("act", 4)).channels())
                .isEqualTo(3);
    }

    @Test
    void aModelWithoutASizeServesManyUnlessItFlattens() throws IOException {
        KerasModelFile any = new KerasModelFile().without(0).input("image", "[null, null, null, 3]").convolution("conv", "image", 3, 4);
        assertThat(read(any.head("conv", 4)).input()).isEmpty();
        KerasModelFile flat = new KerasModelFile().without(0).input("image", "[null, null, null, 3]").convolution("conv", "image", 3, 4);
        refuses(flat.layer("Flatten", "flat", "", "conv"), "'flat'", "size");
    }

    @Test
    void pixelsStayWhatTheyAreWhenTheModelRescalesThem() throws IOException {
        Pretrained network = read(new KerasModelFile().layer("Rescaling", "scale", "\"scale\": 0.5", "image")
                .convolution("conv", "scale", 3, 4).head("conv", 4));
        assertThat(network.usual().scale()).isEqualTo(1);
        assertThat(network.usual().mean()).containsExactly(0.0);
    }

    @Test
    void layersInACircleAreRefused() {
        KerasModelFile model = convolved().layer("Add", "a", "", "conv", "b").layer("Add", "b", "", "a", "conv");
        refuses(model, "'b'", "cannot be computed");
    }

    /** Thirty layers that each put what they read beside itself would make a billion channels of four. */
    @Test
    void channelsWithoutBoundAreRefused() {
        KerasModelFile model = convolved();
        String last = "conv";
        for (int i = 0; i < 30; i++) {
            model.layer("Dropout", "same" + i, "", last).layer("Concatenate", "double" + i, "", last, "same" + i);
            last = "double" + i;
        }
        refuses(model.layer("Rescaling", "scale", "\"scale\": 2", last), "channels", "no network of images has");
    }

    @Test
    void paddingWithoutBoundIsRefused() {
        refuses(convolved().layer("ZeroPadding2D", "pad", "\"padding\": 2000000000", "conv"), "'padding'", "'pad'");
        refuses(convolved().layer("ZeroPadding2D", "pad", "\"padding\": 65000", "conv"), "pad", "no network of images has");
    }

    @Test
    void configurationsThatAreNoJsonOrNestWithoutEndAreRefused() throws IOException {
        for (String json : new String[] {"", "{", "[]", "null", "[".repeat(20_000), "{\"class_name\": \"Sequential\"}"}) {
            Path file = convolved().write(folder.resolve("model.h5"), json.isEmpty() ? " " : json);
            assertThatThrownBy(() -> reader.read(file, new NoOptions())).isInstanceOf(InputException.class)
                    .hasMessageContaining("model.h5");
        }
    }

    /** Compressed, a hundred megabytes of zeros take a hundred kilobytes; Keras stores weights as they are. */
    @Test
    void anArchiveThatUnpacksToMuchMoreThanItselfIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("bomb.keras"), archive(new byte[100 << 20]));
        assertThatThrownBy(() -> reader.read(file, new NoOptions())).isInstanceOf(InputException.class)
                .hasMessageContaining("bomb.keras").hasMessageContaining("model.weights.h5");
    }

    private static byte[] archive(byte[] weights) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            entry(zip, "metadata.json", "{\"keras_version\": \"3.15.1\"}".getBytes(StandardCharsets.UTF_8));
            entry(zip, "config.json", convolved().head("conv", 4).json().getBytes(StandardCharsets.UTF_8));
            entry(zip, "model.weights.h5", weights);
        }
        return bytes.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    @Test
    void onlyTheReaderOfKerasAcceptsItsArchives() throws IOException {
        Path file = KerasFixture.unpacked("plain.keras", folder);
        assertThat(reader.accepts(file)).isTrue();
        assertThat(new Dl4jReader().accepts(file)).isFalse();
        assertThat(new ArchitectureReader().accepts(file)).isFalse();
    }
}
