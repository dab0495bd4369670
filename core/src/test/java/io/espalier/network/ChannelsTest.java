package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

class ChannelsTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();
    private static final ImageShape IMAGE = new ImageShape(1, 8, 8);

    /** Worked out by hand: the groups of a topology and the number of units of each. */
    static Stream<Arguments> topologies() {
        return Stream.of(
                Arguments.of("chain", "conv1=8, conv2=12, conv3=10, dense=16"),
                Arguments.of("pooled", "a=6, b=9"),
                Arguments.of("vgg", "block1=10, block2=14, block3=6, dense=12"),
                Arguments.of("residual", "stem=8, c2=12, c3=4"),
                Arguments.of("depthwise", "expand=12, project=6"),
                // b2's 12 channels: 6 added to those of the stem, 6 to zeros.
                Arguments.of("shortcutOfZeros", "stem=6, a1=6, b1=12, b2=6"),
                Arguments.of("projection", "stem=6, a1=6, b1=10, b2=10"),
                Arguments.of("bottleneck", "stem=6, reduce=4, middle=4, widen=16"),
                Arguments.of("dense", "stem=8, d1-narrow=6, d1-grow=4, d2-narrow=6, d2-grow=4, t-conv=8, d3-narrow=6, d3-grow=4"),
                Arguments.of("invertedResiduals", "stem=6, a1=12, b1=9, b3=5"),
                // One of wide's three channels is in the first half, two are in the second.
                Arguments.of("inception", "stem=8, one=4, row=4, column=5, wide#1=1, wide#2=2, mean-conv=2"),
                // The one channel that is a factor for each place stays.
                Arguments.of("attention", "maps=8, less=3"),
                Arguments.of("hardActivations", "stem=6, expand=10, less=4"),
                // Two groups of four channels of the residual stream, three groups of two inside of the block.
                Arguments.of("grouped", "stem=2, a1=3"),
                Arguments.of("logits", "maps=6, hidden=10"),
                Arguments.of("fire", "stem=6, squeeze=4, left=6, right=6"),
                // What is repeated is added to the stem's channels.
                Arguments.of("resolutions", "high=8, low=6, last=6"));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void whatMustGoTogetherIsFoundFromTheGraphAlone(String topology, String groups) {
        Network network = NETWORKS.get(topology);
        assertThat(words(network)).isEqualTo(groups);
        assertThat(Channels.refusals(network)).isEmpty();
        assertThat(Channels.groups(network)).allSatisfy(group -> {
            assertThat(group.kind()).isEqualTo(UnitKind.CHANNEL);
            assertThat(group.size()).isEqualTo(group.fullSize());
        });
    }

    @Test
    void everyTopologyIsWorkedOutByHand() {
        assertThat(topologies().map(a -> a.get()[0])).containsExactlyElementsOf(NETWORKS.keySet());
    }

    private static String words(Network network) {
        return Channels.groups(network).stream().map(g -> g.name() + "=" + g.size()).collect(Collectors.joining(", "));
    }

    private static UnitGroup group(Network network, String name) {
        return Channels.groups(network).stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow();
    }

    private static List<String> layers(UnitGroup group, UnitGroup.Role role) {
        return group.members().stream().filter(m -> m.role() == role).map(UnitGroup.Member::layer).toList();
    }

    @Test
    void aGroupHoldsEveryLayerThatMakesScalesAndReadsItsUnits() {
        UnitGroup stream = group(Networks.shortcutOfZeros(), "stem");
        assertThat(layers(stream, UnitGroup.Role.KERNEL)).containsExactly("stem", "a2", "b2");
        assertThat(layers(stream, UnitGroup.Role.SCALE)).containsExactly("stem-norm", "a2-norm", "b2-norm");
        assertThat(layers(stream, UnitGroup.Role.READER)).containsExactly("a1", "b1", "out");
        UnitGroup attention = group(Networks.attention(), "maps");
        assertThat(layers(attention, UnitGroup.Role.KERNEL)).containsExactly("maps", "more");
        assertThat(layers(attention, UnitGroup.Role.READER)).containsExactly("less", "places", "out");
    }

    @Test
    void unitsAreTheFirstIndexOfWhatACriterionLooksAt() {
        Network network = Networks.shortcutOfZeros();
        UnitGroup stream = group(network, "stem");
        List<INDArray> kernels = stream.kernels();
        List<INDArray> readers = stream.units(UnitGroup.Role.READER);
        List<INDArray> scales = stream.units(UnitGroup.Role.SCALE);
        for (int unit = 0; unit < stream.size(); unit++) {
            assertThat(kernels.get(1).slice(unit)).isEqualTo(network.node("a2").parameter("W").slice(unit));
            // The shortcut puts three channels of zeros before the stream's.
            assertThat(kernels.get(2).slice(unit)).isEqualTo(network.node("b2").parameter("W").slice(unit + 3));
            assertThat(scales.get(2).getDouble(unit)).isEqualTo(network.node("b2-norm").parameter("gamma").getDouble(unit + 3));
            assertThat(readers.get(0).slice(unit)).isEqualTo(network.node("a1").parameter("W").slice(unit, 1));
        }
    }

    @Test
    void unitsOfSeveralChannelsAreTheirChannelsInARow() {
        UnitGroup stream = group(Networks.grouped(), "stem");
        assertThat(stream.kernels()).extracting(k -> Arrays.toString(k.shape()))
                .containsExactly("[2, 12, 3, 3]", "[2, 24, 1, 1]", "[2, 24, 3, 3]");
        UnitGroup flat = group(Networks.logits(), "maps");
        INDArray dense = Networks.logits().node("hidden").parameter("W");
        INDArray rows = flat.units(UnitGroup.Role.READER).get(0);
        assertThat(rows.shape()).containsExactly(6, 40, 1, 1);
        assertThat(rows.getDouble(2, 13, 0, 0)).isEqualTo(dense.getDouble(2 * 4 + 1, 3));
    }

    @Test
    void depthwiseKernelsOfAChannelAreThoseOfItsOutputs() {
        Network network = Networks.invertedResiduals();
        INDArray kernels = group(network, "b3").kernels().get(1);
        INDArray depthwise = network.node("c").parameter("W");
        assertThat(kernels.shape()).containsExactly(5, 2, 5, 5);
        assertThat(kernels.getDouble(3, 1, 2, 4)).isEqualTo(depthwise.getDouble(2, 4, 3, 1));
    }

    @Test
    void whatACriterionGetsIsACopy() {
        Network network = Networks.chain();
        String before = network.digest();
        group(network, "conv1").kernels().get(0).assign(0);
        assertThat(Networks.chain().digest()).isEqualTo(before);
        assertThat(network.node("conv1").parameter("W")).isEqualTo(Networks.chain().node("conv1").parameter("W"));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void oneUnitCostsWhatItsRemovalSaves(String topology, String groups) {
        Network network = NETWORKS.get(topology);
        for (UnitGroup group : Channels.groups(network)) {
            if (group.size() > 1) {
                Network pruned = Surgeon.apply(plan(RandomPlans.removal(group, List.of(0))), network);
                assertThat(Cost.of(pruned).plus(group.cost())).as(group.name()).isEqualTo(Cost.of(network));
            }
        }
    }

    @Test
    void theChannelsThatStayKeepTheirOrderAndTheirNumbers() {
        Network network = Networks.vgg();
        Network pruned = Surgeon.apply(plan(removal(network, "block1", List.of(0, 4))), network);
        long[] kept = {1, 2, 3, 5, 6, 7, 8, 9};
        for (int i = 0; i < kept.length; i++) {
            assertThat(pruned.node("block1").parameter("W").slice(i)).isEqualTo(network.node("block1").parameter("W").slice(kept[i]));
            assertThat(pruned.node("norm1").parameter("mean").getDouble(i)).isEqualTo(network.node("norm1").parameter("mean").getDouble(kept[i]));
            assertThat(pruned.node("block2").parameter("W").slice(i, 1)).isEqualTo(network.node("block2").parameter("W").slice(kept[i], 1));
        }
        assertThat(pruned.node("block3")).isSameAs(network.node("block3"));
    }

    @Test
    void aGroupedConvolutionOfOneGroupIsAnOrdinaryOne() {
        Network network = Networks.grouped();
        Network pruned = Surgeon.apply(plan(removal(network, "a1", List.of(0, 2)), removal(network, "stem", List.of(1))), network);
        assertThat(pruned.node("a2").kind()).isEqualTo("ConvolutionLayer");
        assertThat(pruned.node("b").kind()).isEqualTo("ConvolutionLayer");
        assertThat(Decomposition.scalings(Decomposition.decompose(pruned))).extracting(Node::name).contains("a2", "b");
    }

    @Test
    void zerosInPlaceOfChannelsGoWithWhatIsAddedToThem() {
        Network network = Networks.shortcutOfZeros();
        // b2's own six: three before those of the stream, three after.
        Network pruned = Surgeon.apply(plan(removal(network, "b2", List.of(0, 1, 5)), removal(network, "stem", List.of(2))), network);
        assertThat(pruned.outputTypes().get("zeros")).hasToString(pruned.outputTypes().get("b2-norm").toString());
        assertThat(((ConstantPadding) pruned.node("zeros").layer().orElseThrow()).getChannels()).containsExactly(1, 2);
    }

    /** Two convolutions of four channels, something between them, an output. */
    private static Network between(Layer layer) {
        return Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("second", Networks.convolution(4, 4, 3, 1, Activation.RELU), "first")
                .addLayer("between", layer, "second")
                .addLayer("third", Networks.convolution(4, 3, 3, 1, Activation.RELU), "between")
                .addLayer("out", Networks.output(), "third"), IMAGE);
    }

    static Stream<Arguments> strangers() {
        return Stream.of(
                Arguments.of(new LocalResponseNormalization.Builder().build(), "how it treats channels is not known"),
                Arguments.of(new SeparableConvolution2D.Builder(3, 3).nIn(4).nOut(4).build(), "how it treats channels is not known"),
                Arguments.of(new Deconvolution2D.Builder(2, 2).stride(2, 2).nIn(4).nOut(4).build(), "how it treats channels is not known"),
                Arguments.of(Networks.convolution(4, 4, 3, 1, Activation.SOFTMAX), "its softmax makes each channel depend on the others"));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void whatTouchesALayerWhoseWaysAreNotKnownStaysAndTheRestIsFree(Layer layer, String why) {
        Network network = between(layer);
        assertThat(Channels.groups(network)).extracting(UnitGroup::name).contains("first", "third").doesNotContain("between");
        assertThat(Channels.refusals(network)).singleElement().asString()
                .isEqualTo("layer 'between' (" + layer.getClass().getSimpleName() + "): " + why);
        PruningPlan plan = plan(new PruningPlan.Removal("between", UnitKind.CHANNEL, 4, List.of(0), 0, 0));
        assertThatThrownBy(() -> Surgeon.apply(plan, network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'between'", "gives no channels that could be removed", why);
    }

    @Test
    void whereNothingIsFreeTheLayerInTheWayIsNamed() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("mixing", new LocalResponseNormalization.Builder().build(), "first")
                .addLayer("out", Networks.output(), "mixing"), IMAGE);
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'mixing'", "LocalResponseNormalization", "prune basis vectors instead");
    }

    /** Channels that change places, as ShuffleNet's, are a reshape, and then another. */
    @Test
    void shufflesAreRefusedByName() {
        GraphBuilder builder = Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addVertex("shuffle", new ReshapeVertex(-1, 4, 8, 8), "first")
                .addLayer("last", Networks.convolution(4, 3, 3, 1, Activation.RELU), "shuffle")
                .addLayer("out", Networks.output(), "last");
        Network network = Networks.network(builder, IMAGE);
        assertThat(Channels.groups(network)).extracting(UnitGroup::name).containsExactly("last");
        assertThat(Channels.refusals(network)).containsExactly("layer 'shuffle' (ReshapeVertex): how it treats channels is not known");
        assertThatThrownBy(() -> Surgeon.apply(plan(new PruningPlan.Removal("first", UnitKind.CHANNEL, 4, List.of(0), 0, 0)), network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'first'", "'shuffle'", "ReshapeVertex");
    }

    @Test
    void aLayerWhoseChannelsGoWithOthersIsRefusedByTheirName() {
        Network network = Networks.residual();
        assertThatThrownBy(() -> Surgeon.apply(plan(new PruningPlan.Removal("c1", UnitKind.CHANNEL, 8, List.of(0), 0, 0)), network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'c1'", "go with those of the groups [stem]");
    }

    @Test
    void theNetworksClassesStay() {
        Network network = Networks.fire();
        assertThatThrownBy(() -> Surgeon.apply(plan(new PruningPlan.Removal("classes", UnitKind.CHANNEL, 5, List.of(0), 0, 0)), network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'classes'", "one of the network's outputs");
    }

    @Test
    void decomposedConvolutionsHaveNoChannelsToRemove() {
        assertThatThrownBy(() -> Channels.groups(Decomposition.decompose(Networks.pooled())))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'a'", "BasisScalingConvolution", "fold it first");
    }

    @Test
    void aMapThatIsAFactorForAllChannelsStays() {
        Network network = Networks.network(Networks.builder()
                .addLayer("maps", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("one", Networks.convolution(1, 1, 3, 1, Activation.SIGMOID), "in")
                .addVertex("gate", new Gate(), "maps", "one")
                .addLayer("out", Networks.output(), "gate"), IMAGE);
        assertThat(words(network)).isEqualTo("maps=4");
        assertSurvivesSurgery(network);
    }

    @Test
    void elementwiseVerticesOfEveryKindKeepTheirInputsInStep() {
        for (ElementWiseVertex.Op op : ElementWiseVertex.Op.values()) {
            Network network = Networks.network(Networks.builder()
                    .addLayer("left", Networks.convolution(1, 6, 3, 1, Activation.SIGMOID), "in")
                    .addLayer("right", Networks.convolution(1, 6, 1, 1, Activation.SIGMOID), "in")
                    .addVertex("both", new ElementWiseVertex(op), "left", "right")
                    .addLayer("out", Networks.output(), "both"), IMAGE);
            assertThat(words(network)).as("%s", op).isEqualTo("left=6");
            assertSurvivesSurgery(network);
        }
    }

    /** A dense layer's numbers that become feature maps go map by map. */
    @Test
    void numbersMadeMapsGoAsWholeMaps() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 2, 3, 1, Activation.RELU), "in")
                .addLayer("wide", new DenseLayer.Builder().nOut(5 * 16).activation(Activation.TANH).build(), "first")
                .inputPreProcessor("maps", new FeedForwardToCnnPreProcessor(4, 4, 5))
                .addLayer("maps", Networks.convolution(5, 6, 3, 1, Activation.RELU), "wide")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "maps")
                .addLayer("out", Networks.output(), "global"), IMAGE);
        assertThat(words(network)).isEqualTo("first=2, wide=5, maps=6");
        assertSurvivesSurgery(network);
    }

    @Test
    void aConcatenationOfTheSameChannelsTwiceIsReadTwice() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addVertex("twice", new MergeVertex(), "first", "first")
                .addLayer("out", Networks.output(), "twice"), IMAGE);
        assertThat(words(network)).isEqualTo("first=4");
        assertSurvivesSurgery(network);
    }

    private static void assertSurvivesSurgery(Network network) {
        Random random = new Random(Networks.SEED);
        for (int i = 0; i < 3; i++) {
            PruningPlan plan = RandomPlans.any(network, random);
            Network pruned = Surgeon.apply(plan, network);
            INDArray expected = RandomPlans.unread(network, plan).graph().outputSingle(Networks.images(network, 4));
            assertThat(Networks.difference(pruned.graph().outputSingle(Networks.images(network, 4)), expected)).isLessThan(1e-5);
            assertThat(RandomPlans.cost(plan, network)).isEqualTo(Cost.of(pruned));
        }
    }

    static PruningPlan plan(PruningPlan.Removal... removals) {
        return new PruningPlan("test", List.of(removals), Map.of());
    }

    static PruningPlan.Removal removal(Network network, String layer, List<Integer> units) {
        return RandomPlans.removal(group(network, layer), units);
    }
}
