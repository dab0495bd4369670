package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class Dl4jReaderTest {

    private final Dl4jReader reader = new Dl4jReader();

    @TempDir
    Path folder;

    private Path saved(Model model) throws IOException {
        return SmallNetworks.save(model, folder.resolve("network.zip"));
    }

    private Pretrained read(Path file) throws IOException {
        assertThat(reader.accepts(file)).isTrue();
        return reader.read(file, new NoOptions());
    }

    private void refuses(Path file, String... parts) throws IOException {
        assertThat(reader.accepts(file)).isTrue();
        assertThatThrownBy(() -> reader.read(file, new NoOptions())).isInstanceOf(InputException.class)
                .hasMessageContaining(file.getFileName().toString()).hasMessageContainingAll(parts);
    }

    private Path changed(Model model, String entry, UnaryOperator<byte[]> change) throws IOException {
        Map<String, byte[]> entries = Zips.read(saved(model));
        entries.compute(entry, (name, bytes) -> change.apply(bytes));
        return Zips.write(entries, folder.resolve("changed.zip"));
    }

    private Path reworded(Model model, String from, String to) throws IOException {
        return changed(model, "configuration.json", bytes -> {
            String text = new String(bytes, StandardCharsets.UTF_8);
            assertThat(text).contains(from);
            return text.replace(from, to).getBytes(StandardCharsets.UTF_8);
        });
    }

    @Test
    void aGraphComputesWhatItComputedBefore() throws IOException {
        ComputationGraph graph = SmallNetworks.pooling(InputType.convolutional(9, 9, 2));
        Pretrained read = read(saved(graph));
        INDArray images = Nd4j.rand(3, 2, 9, 9);
        assertThat(read.graph().outputSingle(images)).isEqualTo(graph.outputSingle(images));
    }

    @Test
    void aNetworkThatPoolsGloballyTakesManySizes() throws IOException {
        Pretrained read = read(saved(SmallNetworks.pooling(InputType.convolutional(9, 9, 2))));
        assertThat(read.channels()).isEqualTo(2);
        assertThat(read.input()).isEmpty();
        assertThat(read.normalisation()).isEmpty();
        assertThat(read.classes()).isEmpty();
    }

    @Test
    void aStackOfLayersBecomesAGraphThatComputesTheSame() throws IOException {
        MultiLayerNetwork stack = SmallNetworks.flattening();
        Pretrained read = read(saved(stack));
        INDArray images = Nd4j.rand(3, 3, 28, 20);
        assertThat(read.graph().outputSingle(images)).isEqualTo(stack.output(images));
        assertThat(read.graph().getConfiguration().getVertices()).containsKeys("layer0", "layer5");
    }

    @Test
    void theSizeIsFoundFromTheFlattenedMapEvenIfItIsNotSquare() throws IOException {
        assertThat(read(saved(SmallNetworks.flattening())).input()).contains(new ImageShape(3, 28, 20));
    }

    @Test
    void aNetworkOfFlatVectorsTakesImagesAfterwards() throws IOException {
        MultiLayerNetwork flat = SmallNetworks.stack(
                InputType.convolutionalFlat(10, 12, 1), SmallNetworks.convolution(3), SmallNetworks.pooling(), SmallNetworks.softmax());
        INDArray images = Nd4j.rand(2, 1, 10, 12);
        Pretrained read = read(saved(flat));
        assertThat(read.input()).contains(new ImageShape(1, 10, 12));
        assertThat(read.graph().outputSingle(images)).isEqualTo(flat.output(images.reshape(2, 120)));
    }

    @Test
    void aNetworkInDoublePrecisionIsReadInSingle() throws IOException {
        ComputationGraph graph = SmallNetworks.pooling(InputType.convolutional(9, 9, 2)).convertDataType(DataType.DOUBLE);
        Pretrained read = read(saved(graph));
        INDArray images = Nd4j.rand(DataType.DOUBLE, 3, 2, 9, 9);
        INDArray expected = graph.outputSingle(images).castTo(DataType.FLOAT);
        assertThat(read.graph().outputSingle(images.castTo(DataType.FLOAT)).equalsWithEps(expected, 1e-6)).isTrue();
    }

    @Test
    void otherFilesAreNotAccepted() throws IOException {
        assertThat(reader.accepts(Files.write(folder.resolve("text.zip"), "PK is not enough".getBytes(StandardCharsets.UTF_8)))).isFalse();
        assertThat(reader.accepts(Zips.write(Map.of("train_images.npy", new byte[10]), folder.resolve("data.npz")))).isFalse();
        assertThat(reader.accepts(folder)).isFalse();
    }

    @Test
    void aTruncatedZipIsRefusedByName() throws IOException {
        byte[] bytes = Files.readAllBytes(saved(SmallNetworks.flattening()));
        refuses(Files.write(folder.resolve("cut.zip"), Arrays.copyOf(bytes, bytes.length * 2 / 3)), "no whole zip file", "Copy or save");
    }

    @Test
    void aZipWithoutCoefficientsIsRefused() throws IOException {
        refuses(changed(SmallNetworks.flattening(), "coefficients.bin", bytes -> null), "has no coefficients.bin");
    }

    @Test
    void aConfigurationThatIsNoJsonIsRefusedWithItsLine() throws IOException {
        refuses(reworded(SmallNetworks.flattening(), "\"confs\" : [", "\"confs\" : [,"), "configuration.json is no JSON, line");
    }

    @Test
    void aConfigurationOfNeitherKindIsRefused() throws IOException {
        refuses(changed(SmallNetworks.flattening(), "configuration.json", b -> "{}".getBytes(StandardCharsets.UTF_8)), "neither of a ComputationGraph");
    }

    @Test
    void aLayerOfSomebodysOwnIsNamed() throws IOException {
        refuses(reworded(SmallNetworks.flattening(), "org.deeplearning4j.nn.conf.layers.DenseLayer", "com.acme.MagicLayer"),
                "needs the class com.acme.MagicLayer", "standard layers");
    }

    @Test
    void aClassThatThisDl4jDoesNotHaveIsNamed() throws IOException {
        refuses(reworded(SmallNetworks.flattening(), "layers.DenseLayer", "layers.DenserLayer"), "needs the class org.deeplearning4j.nn.conf.layers.DenserLayer");
    }

    @Test
    void coefficientsOfAnotherLengthAreRefusedWithBothLengths() throws IOException {
        refuses(reworded(SmallNetworks.flattening(), "\"nout\" : 8", "\"nout\" : 9"), "holds 2058 numbers", "needs 2269");
    }

    @Test
    void aHugeClaimIsRefusedBeforeAnythingIsAllocated() throws IOException {
        refuses(reworded(SmallNetworks.flattening(), "\"nout\" : 8", "\"nout\" : 2000000000"), "numbers, but its configuration.json needs");
    }

    @Test
    void coefficientsThatEndEarlyAreRefused() throws IOException {
        refuses(changed(SmallNetworks.flattening(), "coefficients.bin", b -> Arrays.copyOf(b, b.length - 100)), "coefficients.bin is damaged", "ends too early");
    }

    @Test
    void coefficientsThatAreNotFiniteAreRefused() throws IOException {
        MultiLayerNetwork network = SmallNetworks.flattening();
        network.params().putScalar(17, Float.NaN);
        refuses(saved(network), "parameter 17 is NaN");
    }

    @Test
    void twoInputsAreRefusedByName() throws IOException {
        refuses(saved(SmallNetworks.twoInputs()), "has 2 inputs [left, right]");
    }

    @Test
    void aRecurrentNetworkIsRefusedByItsLayer() throws IOException {
        refuses(saved(SmallNetworks.recurrent()), "layer 'layer0' is a LSTM", "sequences");
    }

    @Test
    void aRegressionIsRefusedByItsOutputLayer() throws IOException {
        MultiLayerNetwork regression = SmallNetworks.stack(
                InputType.convolutional(8, 8, 1), SmallNetworks.convolution(2), SmallNetworks.output(Activation.IDENTITY, LossFunction.MSE));
        refuses(saved(regression), "no classifier", "OutputLayer with activation identity");
    }

    @Test
    void aSingleSigmoidUnitIsRefusedWithTheMend() throws IOException {
        MultiLayerNetwork binary = SmallNetworks.stack(
                InputType.convolutional(8, 8, 1), SmallNetworks.convolution(2),
                new OutputLayer.Builder(LossFunction.XENT).nOut(1).activation(Activation.SIGMOID).build());
        refuses(saved(binary), "has one unit", "two with softmax");
    }

    @Test
    void channelsLastAreRefusedByTheLayer() throws IOException {
        refuses(saved(SmallNetworks.channelsLast()), "'last'", "NHWC", "not yet known");
    }

    @Test
    void aNetworkWithoutConvolutionsIsRefused() throws IOException {
        MultiLayerNetwork dense = SmallNetworks.stack(
                InputType.feedForward(20), new DenseLayer.Builder().nOut(4).build(), SmallNetworks.softmax());
        refuses(saved(dense), "'layer0', is a DenseLayer, no convolution");
    }

    @Test
    void aDamagedCardIsRefusedByItsField() throws IOException {
        Map<String, byte[]> entries = Zips.read(saved(SmallNetworks.flattening()));
        String card = "{\"format\":\"espalier-model-card\",\"version\":1,\"preprocessing\":{\"input\":{\"channels\":3,\"height\":\"x\"}}}";
        entries.put("espalier.json", card.getBytes(StandardCharsets.UTF_8));
        refuses(Zips.write(entries, folder.resolve("card.zip")), "'preprocessing.input.height' is missing or no whole number");
    }
}
