package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

class HeadsTest {

    private static final List<String> CLASSES = List.of("cat", "dog", "bird");

    /** Network, the last feature map by eye, what follows it. */
    static Stream<Arguments> heads() {
        return Stream.of(
                Arguments.of("chain", "conv3", List.of("dense", "out")),
                Arguments.of("pooled", "b", List.of("global", "out")),
                Arguments.of("vgg", "block3", List.of("dense", "out")),
                Arguments.of("residual", "concat", List.of("global", "out")),
                Arguments.of("dense", "last-relu", List.of("global", "out")),
                Arguments.of("attention", "placed", List.of("pool", "out")),
                Arguments.of("hardActivations", "clip", List.of("global", "out")),
                Arguments.of("inception", "swapped", List.of("global", "out")),
                Arguments.of("logits", "mean", List.of("flat", "hidden", "dropout", "logits", "out")),
                Arguments.of("fire", "expand", List.of("dropout", "classes", "pool", "flat", "out")));
    }

    @ParameterizedTest
    @MethodSource("heads")
    void theHeadIsWhatFollowsTheLastMapThatEverythingPassesThrough(String name, String last, List<String> head) {
        Network network = Networks.byName().get(name);
        assertThat(Heads.nodes(network)).containsExactlyInAnyOrderElementsOf(head);
        Network replaced = Heads.replace(network, CLASSES, new Random(1));
        assertThat(replaced.node("head-pool").inputs()).containsExactly(last);
        assertThat(Heads.nodes(replaced)).containsExactly("head-pool", "head-norm", "head");
    }

    static Stream<Network> networks() {
        return Networks.all().stream();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aNewHeadGivesProbabilitiesOfTheNewClassesFromTheSameMaps(Network network) {
        Network replaced = Heads.replace(network, CLASSES, new Random(1));
        INDArray images = Networks.images(network, 3);
        Map<String, INDArray> values = replaced.graph().feedForward(images, false);
        assertThat(values.get("head").shape()).containsExactly(3, 3);
        assertThat(values.get("head").sum(1).toDoubleVector()).containsExactly(new double[] {1, 1, 1}, within(1e-5));
        String last = replaced.node("head-pool").inputs().get(0);
        assertThat(Networks.difference(values.get(last), network.graph().feedForward(images, false).get(last))).isLessThan(1e-6);
        assertThat(replaced.classes()).isEqualTo(CLASSES);
    }

    @Test
    void theHeadStaysTheSameWhenTheNetworkIsDecomposedAndFolded() {
        for (Network network : Networks.all()) {
            Network replaced = Heads.replace(network, CLASSES, new Random(1));
            Network decomposed = Decomposition.decompose(replaced);
            assertThat(Heads.nodes(decomposed)).isEqualTo(Heads.nodes(replaced));
            assertThat(Heads.nodes(Decomposition.fold(DecompositionTest.halved(decomposed)))).isEqualTo(Heads.nodes(replaced));
        }
    }

    @Test
    void aClassifyingConvolutionStaysTheHeadWhenItIsDecomposed() {
        assertThat(Heads.nodes(Decomposition.decompose(Networks.fire())))
                .containsExactlyInAnyOrder("dropout", "classes-basis", "classes", "pool", "flat", "out");
    }

    /** Two branches meet behind their pooling, but a map below them is on everybody's way. */
    @Test
    void whereBranchesMeetOnlyBehindTheirPoolingTheMapBelowThemIsTheLast() {
        Network network = Networks.network(Networks.builder()
                .addLayer("stem", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("side", Networks.convolution(4, 6, 3, 1, Activation.RELU), "stem")
                .addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), "stem")
                .addLayer("largest", new GlobalPoolingLayer(PoolingType.MAX), "side")
                .addVertex("both", new MergeVertex(), "mean", "largest")
                .addLayer("out", Networks.output(), "both"), new ImageShape(1, 8, 8));
        assertThat(Heads.nodes(network)).containsExactlyInAnyOrder("side", "mean", "largest", "both", "out");
    }

    @Test
    void branchesThatShareNoMapAreRefusedWithAMend() {
        Network network = Networks.network(Networks.builder()
                .addLayer("left", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("right", Networks.convolution(1, 4, 5, 1, Activation.RELU), "in")
                .addLayer("mean", new GlobalPoolingLayer(PoolingType.AVG), "left")
                .addLayer("largest", new GlobalPoolingLayer(PoolingType.MAX), "right")
                .addVertex("both", new MergeVertex(), "mean", "largest")
                .addLayer("out", Networks.output(), "both"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Heads.replace(network, CLASSES, new Random(1)))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'out'", "head=keep");
    }

    /** What PyTorch and Keras put between the features and a classifier. */
    @Test
    void poolingThatKeepsMapsAndDropoutAreOfTheHead() {
        Network network = Networks.network(Networks.builder()
                .addLayer("maps", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("early", new DropoutLayer(0.5), "maps")
                .addLayer("mean", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(8, 8).stride(8, 8).build(), "early")
                .addLayer("wide", Networks.convolution(4, 9, 1, 1, Activation.RELU), "mean")
                .addVertex("flat", new PreprocessorVertex(new CnnToFeedForwardPreProcessor(1, 1, 9)), "wide")
                .addLayer("late", new DropoutLayer(0.5), "flat")
                .addLayer("out", Networks.output(), "late"), new ImageShape(1, 8, 8));
        assertThat(Heads.nodes(network)).containsExactlyInAnyOrder("early", "mean", "wide", "flat", "late", "out");
    }

    @Test
    void aFeatureExtractorThatEndsInGlobalPoolingKeepsItsLastConvolution() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("last", Networks.convolution(4, 6, 3, 1, Activation.RELU), "first")
                .addLayer("out", new GlobalPoolingLayer(PoolingType.AVG), "last"), new ImageShape(1, 8, 8));
        assertThat(Heads.nodes(network)).containsExactly("out");
        assertThat(Heads.replace(network, CLASSES, new Random(1)).node("head").parameter("W").shape()).containsExactly(6, 3);
        Network maps = network.edit().bypass("out").build();
        assertThat(Heads.nodes(maps)).isEmpty();
        assertThat(Heads.replace(maps, CLASSES, new Random(1)).node("head-pool").inputs()).containsExactly("last");
    }

    /** VGG16's last pooling at 32x32 leaves one pixel and is the body's all the same. */
    @Test
    void aMaximumToOnePixelIsOfTheBody() {
        Network network = Networks.network(Networks.builder()
                .addLayer("maps", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("max", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build(), "maps")
                .addLayer("out", Networks.output(), "max"), new ImageShape(1, 2, 2));
        assertThat(Heads.nodes(network)).containsExactly("out");
    }
}
