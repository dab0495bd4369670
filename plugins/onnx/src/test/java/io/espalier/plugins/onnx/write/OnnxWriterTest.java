package io.espalier.plugins.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.espalier.Networks;
import io.espalier.api.ModelCard;
import io.espalier.data.ImageShape;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.ops.transforms.Transforms;

class OnnxWriterTest {

    @TempDir
    private Path folder;

    private Path write(Network network) {
        return Written.to(folder.resolve("network.onnx"), network);
    }

    private Path write(Network network, NetworkEnd.Output output) {
        return Written.to(folder.resolve(output + ".onnx"), network, output);
    }

    static Stream<Arguments> networksAndWhatStagesMakeOfThem() {
        return Networks.all().stream().flatMap(network -> Stream.of(Variants.values()).map(variant -> Arguments.of(network, variant)));
    }

    @ParameterizedTest
    @MethodSource("networksAndWhatStagesMakeOfThem")
    void onnxRuntimeAgreesWithTheNetworksOwnPredictionForAnyNumberOfImages(Network original, Variants variant) {
        Network network = variant.of(original);
        try (OnnxRuntime runtime = new OnnxRuntime(write(network))) {
            for (int batch : new int[] {1, 3, 32}) {
                INDArray images = Networks.images(network, batch);
                assertThat(Networks.difference(runtime.predict(images), Written.own(network, images))).as("%d images", batch).isLessThan(1e-4);
            }
        }
    }

    static List<Network> networks() {
        return Networks.all();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void namesStayAndTheNumberOfImagesIsOpen(Network network) {
        ImageShape shape = network.preprocessing().input();
        try (OnnxRuntime runtime = new OnnxRuntime(write(network))) {
            assertThat(runtime.input()).isEqualTo(network.input());
            assertThat(runtime.output()).isEqualTo(network.output());
            assertThat(runtime.inputShape()).containsExactly(-1, shape.channels(), shape.height(), shape.width());
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void nothingButStandardOperatorsUnderNamesOfTheirOwn(Network network) throws IOException {
        Onnx.ModelProto model = Onnx.ModelProto.parseFrom(Files.readAllBytes(write(network)));
        assertThat(model.getIrVersion()).isEqualTo(8);
        assertThat(model.getOpsetImportList()).singleElement().satisfies(opset -> {
            assertThat(opset.getDomain()).isEmpty();
            assertThat(opset.getVersion()).isEqualTo(17);
        });
        assertThat(model.getProducerName()).isEqualTo("espalier");
        assertThat(model.getProducerVersion()).matches("\\d+\\.\\d+.*");
        Set<String> values = new HashSet<>(Set.of(network.input()));
        Set<String> operators = new HashSet<>();
        model.getGraph().getInitializerList().forEach(constant -> {
            assertThat(values.add(constant.getName())).as(constant.getName()).isTrue();
            assertThat(constant.getRawData().isEmpty()).as(constant.getName()).isFalse();
        });
        for (Onnx.NodeProto operator : model.getGraph().getNodeList()) {
            assertThat(operator.getDomain()).isEmpty();
            assertThat(operators.add(operator.getName())).as(operator.getName()).isTrue();
            assertThat(values).as("inputs of %s stand before it", operator.getName()).containsAll(operator.getInputList().stream().filter(i -> !i.isEmpty()).toList());
            operator.getOutputList().forEach(output -> assertThat(values.add(output)).as(output).isTrue());
        }
        List<String> described = model.getGraph().getValueInfoList().stream().map(Onnx.ValueInfoProto::getName).toList();
        assertThat(described).isSubsetOf(values).doesNotHaveDuplicates().doesNotContain(network.input(), network.output());
    }

    @Test
    void theSameNetworkGivesTheSameBytes() throws IOException {
        Path first = Written.to(folder.resolve("first.onnx"), Networks.residual());
        Path second = Written.to(folder.resolve("second.onnx"), Networks.residual());
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    @Test
    void theModelCardTravelsAsMetadata() throws IOException {
        Network network = Networks.chain();
        Map<String, Object> rest = new LinkedHashMap<>();
        rest.put("lineage", List.of(Map.of("stage", "load")));
        Path file = folder.resolve("network.onnx");
        new OnnxWriter().write(network, rest, file, new OnnxWriter.Options(NetworkEnd.Output.AUTO));
        try (OnnxRuntime runtime = new OnnxRuntime(file)) {
            String card = runtime.metadata("espalier");
            assertThat(card).isEqualTo(ModelCard.text(network, rest)).contains("\"lineage\"", "\"load\"");
            ModelCard parsed = ModelCard.parse("the metadata", card);
            assertThat(parsed.classes()).isEqualTo(network.classes());
            assertThat(parsed.input()).isEqualTo(network.preprocessing().input());
            assertThat(parsed.normalisation()).isEqualTo(network.preprocessing().normalisation());
        }
    }

    /** As a file that ends in logits is read: the softmax is Espalier's own. */
    private static Network endingInLogits() {
        Network network = Networks.pooled();
        Node out = network.node("out");
        OutputLayer softmax = out.layer(OutputLayer.class).orElseThrow();
        NetworkEdit edit = network.edit().replace("out", Node.layer("logits", dense(softmax), out.inputs(), out.parameters()));
        edit.add(Node.layer("logits-softmax", loss(), List.of("logits"), Map.of()));
        return edit.output("logits-softmax").build();
    }

    private static DenseLayer dense(OutputLayer like) {
        return new DenseLayer.Builder().nIn(like.getNIn()).nOut(like.getNOut()).activation(Activation.IDENTITY).build();
    }

    private static LossLayer loss() {
        return new LossLayer.Builder(new LossMCXENT()).activation(Activation.SOFTMAX).build();
    }

    @Test
    void aSoftmaxThatStoodInNoFileIsLeftOutAgain() {
        Network network = endingInLogits();
        INDArray images = Networks.images(network, 3);
        try (OnnxRuntime runtime = new OnnxRuntime(write(network, NetworkEnd.Output.AUTO))) {
            assertThat(runtime.output()).isEqualTo("logits");
            INDArray logits = runtime.predict(images);
            assertThat(logits.minNumber().doubleValue()).isNegative();
            INDArray exponentials = Transforms.exp(logits);
            INDArray probabilities = exponentials.divColumnVector(exponentials.sum(1));
            assertThat(Networks.difference(probabilities, Written.own(network, images))).isLessThan(1e-5);
        }
        assertThat(Networks.difference(OnnxRuntime.predict(write(network, NetworkEnd.Output.PROBABILITIES), images), Written.own(network, images)))
                .isLessThan(1e-5);
    }

    @Test
    void logitsOfANetworkThatEndsInASoftmaxOfItsOwnAreHadByAsking() {
        Network whole = Networks.pooled();
        INDArray images = Networks.images(whole, 3);
        assertThat(Networks.difference(OnnxRuntime.predict(write(whole, NetworkEnd.Output.AUTO), images), Written.own(whole, images))).isLessThan(1e-5);
        try (OnnxRuntime bare = new OnnxRuntime(write(whole, NetworkEnd.Output.LOGITS));
                OnnxRuntime read = new OnnxRuntime(Written.to(folder.resolve("read.onnx"), endingInLogits(), NetworkEnd.Output.LOGITS))) {
            assertThat(bare.output()).isEqualTo("out");
            assertThat(Networks.difference(bare.predict(images), read.predict(images))).isZero();
        }
    }

    @Test
    void logitsAreNotMadeUpWhereThereIsNoSoftmax() {
        Network network = Networks.pooled();
        NetworkEdit edit = network.edit();
        edit.add(Node.layer("squashed", new ActivationLayer(Activation.SIGMOID), List.of("global"), Map.of()));
        Network sigmoid = edit.remove("out").output("squashed").build();
        assertThatIllegalArgumentException().isThrownBy(() -> write(sigmoid, NetworkEnd.Output.LOGITS))
                .withMessageContaining("'squashed' (ActivationLayer)").withMessageContaining("no softmax");
    }

    @Test
    void anEndThatComputesNothingStillHasItsName() {
        Network network = Networks.pooled();
        NetworkEdit edit = network.edit();
        edit.add(Node.layer("dropped", new DropoutLayer(0.5), List.of("out"), Map.of()));
        Network dropped = edit.output("dropped").build();
        INDArray images = Networks.images(network, 2);
        try (OnnxRuntime runtime = new OnnxRuntime(write(dropped))) {
            assertThat(runtime.output()).isEqualTo("dropped");
            assertThat(Networks.difference(runtime.predict(images), Written.own(network, images))).isLessThan(1e-5);
        }
    }

    @Test
    void aNetworkWhoseLayersHaveTheNamesOfConstantsIsWritten() {
        Network network = Networks.network(
                Networks.builder()
                        .addLayer("a", Networks.convolution(3, 4, 3, 1, Activation.RELU), "in")
                        .addLayer("a.weight", Networks.convolution(4, 4, 3, 1, Activation.RELU), "a")
                        .addLayer("a/Conv", new GlobalPoolingLayer(PoolingType.AVG), "a.weight")
                        .addLayer("out", Networks.output(), "a/Conv"),
                new ImageShape(3, 8, 8));
        INDArray images = Networks.images(network, 2);
        assertThat(Networks.difference(OnnxRuntime.predict(write(network), images), Written.own(network, images))).isLessThan(1e-5);
    }

    @Test
    void whatIsNotKnownIsRefusedByNameAndKind() {
        Network network = Networks.network(
                Networks.builder()
                        .addLayer("wider", new Deconvolution2D.Builder(2, 2).stride(2, 2).nIn(3).nOut(4).build(), "in")
                        .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "wider")
                        .addLayer("out", Networks.output(), "global"),
                new ImageShape(3, 8, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> write(network)).withMessageContaining("'wider' (Deconvolution2D)");
        assertThat(folder.resolve("network.onnx")).doesNotExist();
    }

    @Test
    void aDecomposedNetworkIsToBeFoldedFirst() {
        assertThatIllegalArgumentException().isThrownBy(() -> write(Decomposition.decompose(Networks.chain())))
                .withMessageContaining("'conv1' (BasisScalingConvolution)").withMessageContaining("fold");
    }

    @Test
    void aFileOfMoreThanTwoGigabytesIsRefusedBeforeItIsBegun() {
        OnnxTensor large = new OnnxTensor.Floats(Nd4j.zeros(1 << 20));
        Map<String, OnnxTensor> constants = new LinkedHashMap<>();
        for (int i = 0; i < 512; i++) {
            constants.put("weight" + i, large);
        }
        Path file = folder.resolve("large.onnx");
        OnnxFile whole = new OnnxFile(Onnx.ModelProto.getDefaultInstance(), Onnx.GraphProto.getDefaultInstance(), constants);
        assertThatIllegalArgumentException().isThrownBy(() -> whole.write(file)).withMessageContaining("2 GB").withMessageContaining("prune");
        assertThat(file).doesNotExist();
    }
}
