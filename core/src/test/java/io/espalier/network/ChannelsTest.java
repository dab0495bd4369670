package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class ChannelsTest {

    static List<Network> chains() {
        return List.of(Networks.chain(), Networks.pooled(), Networks.vgg());
    }

    @ParameterizedTest
    @MethodSource("chains")
    void everyConvolutionIsAGroupOfItsFilters(Network network) {
        List<UnitGroup> groups = Channels.groups(network);
        assertThat(groups).extracting(UnitGroup::name).containsExactlyElementsOf(
                network.nodes().stream().filter(Decomposition::isPlainConvolution).map(Node::name).toList());
        assertThat(groups).allSatisfy(group -> {
            assertThat(group.kind()).isEqualTo(UnitKind.CHANNEL);
            assertThat(group.kernels()).containsExactly(network.node(group.name()).parameter("W"));
            assertThat(group.size()).isEqualTo((int) group.kernels().get(0).size(0)).isEqualTo(group.fullSize());
        });
    }

    @ParameterizedTest
    @MethodSource("chains")
    void channelsThatAreZeroAndChannelsThatAreGoneGiveTheSameOutputs(Network network) {
        Random random = new Random(Networks.SEED);
        for (int round = 0; round < 4; round++) {
            List<PruningPlan.Removal> removals = Channels.groups(network).stream().map(group -> anyOf(group, random)).toList();
            Network removed = Surgeon.apply(new PruningPlan("any", removals, Map.of()), network);
            assertThat(Cost.of(removed).parameters()).isLessThan(Cost.of(network).parameters());
            assertThat(Networks.difference(predict(removed), predict(silenced(network, removals)))).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("chains")
    void removingChannelsOfOneLayerSavesWhatTheirCostSays(Network network) {
        for (UnitGroup group : Channels.groups(network)) {
            for (int gone : new int[] {1, group.size() - 1}) {
                List<Integer> units = IntStream.range(0, gone).boxed().toList();
                Network pruned = Surgeon.apply(plan(removal(group, units)), network);
                Cost saved = new Cost(gone * group.cost().parameters(), gone * group.cost().flops());
                assertThat(Cost.of(pruned).plus(saved)).as("%d of '%s'", gone, group.name()).isEqualTo(Cost.of(network));
                assertThat(pruned.graph().numParams()).isLessThan(network.graph().numParams());
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
        assertThat(pruned.node("block3").parameters()).isEqualTo(network.node("block3").parameters());
    }

    @Test
    void aResidualSumIsRefusedByTheLayerThatSeveralRead() {
        assertThatThrownBy(() -> Channels.groups(Networks.residual()))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'stem'", "ConvolutionLayer", "several layers read it: [c1, add1]", "prune basis vectors instead");
    }

    @Test
    void aConcatenationIsRefusedByName() {
        Network network = Networks.network(Networks.builder()
                .addLayer("left", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("right", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addVertex("both", new MergeVertex(), "left", "right")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "both")
                .addLayer("out", Networks.output(), "global"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'both'", "MergeVertex");
    }

    @Test
    void aDepthwiseConvolutionIsRefusedByName() {
        assertThatThrownBy(() -> Channels.groups(Networks.depthwise()))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'depth'", "DepthwiseConvolution2D");
    }

    @Test
    void aSeparableConvolutionIsRefusedByName() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("separable", new SeparableConvolution2D.Builder(3, 3).nIn(4).nOut(6).build(), "first")
                .addLayer("out", Networks.output(), "separable"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'separable'", "SeparableConvolution2D");
    }

    @Test
    void aLayerThatMixesChannelsIsRefusedByName() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("mixing", new LocalResponseNormalization.Builder().build(), "first")
                .addLayer("out", Networks.output(), "mixing"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'mixing'", "LocalResponseNormalization");
    }

    @Test
    void anActivationThatMixesChannelsIsRefusedByName() {
        Network network = Networks.network(Networks.builder()
                .addLayer("attention", Networks.convolution(1, 4, 3, 1, Activation.SOFTMAX), "in")
                .addLayer("out", Networks.output(), "attention"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'attention'", "softmax");
    }

    /** What channels cannot be followed through yet, by the layer that stands first in the way. */
    static Stream<Arguments> otherTopologies() {
        return Stream.of(
                Arguments.of("shortcutOfZeros", "'stem-act'", "several layers read it"),
                Arguments.of("dense", "'stem'", "several layers read it"),
                Arguments.of("invertedResiduals", "'stem-act'", "several layers read it"),
                Arguments.of("inception", "'stem'", "several layers read it"),
                Arguments.of("attention", "'maps-act'", "several layers read it"),
                Arguments.of("grouped", "'stem-act'", "several layers read it"));
    }

    @ParameterizedTest
    @MethodSource("otherTopologies")
    void otherTopologiesAreRefusedByName(String name, String layer, String why) {
        assertThatThrownBy(() -> Channels.groups(Networks.byName().get(name)))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll(layer, why, "prune basis vectors instead");
    }

    @Test
    void aGroupedConvolutionIsRefusedByName() {
        refusedAfterAConvolution(new GroupedConvolution(Networks.convolution(4, 4, 3, 1, Activation.RELU), 2), "GroupedConvolution");
    }

    @Test
    void paddingOfChannelsIsRefusedByName() {
        refusedAfterAConvolution(new ConstantPadding(new int[2], new int[2], new int[] {1, 1}, 0), "ConstantPadding");
    }

    private static void refusedAfterAConvolution(Layer layer, String kind) {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("other", layer, "first")
                .addLayer("out", Networks.output(), "other"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'other'", kind, "prune basis vectors instead");
    }

    /** Its gate reads no other layer, so that nothing but the gate itself can be the reason. */
    @Test
    void aGateIsRefusedByName() {
        Network network = Networks.network(Networks.builder()
                .addLayer("maps", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("factors", Networks.convolution(1, 4, 3, 1, Activation.SIGMOID), "in")
                .addVertex("gated", new Gate(), "maps", "factors")
                .addLayer("out", Networks.output(), "gated"), new ImageShape(1, 8, 8));
        assertThatThrownBy(() -> Channels.groups(network))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'gated'", "Gate");
    }

    @Test
    void anEndInLogitsIsFollowed() {
        Network network = Networks.network(Networks.builder()
                .addLayer("first", Networks.convolution(1, 4, 3, 1, Activation.RELU), "in")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "first")
                .addLayer("logits", new DenseLayer.Builder().nOut(Networks.CLASSES).activation(Activation.IDENTITY).build(), "global")
                .addLayer("out", new LossLayer.Builder(LossFunctions.LossFunction.MCXENT).activation(Activation.SOFTMAX).build(), "logits"),
                new ImageShape(1, 8, 8));
        Network pruned = Surgeon.apply(plan(removal(network, "first", List.of(1, 2))), network);
        assertThat(pruned.node("logits").parameter("W").shape()).containsExactly(2, Networks.CLASSES);
    }

    @Test
    void decomposedConvolutionsHaveNoChannelsToRemove() {
        assertThatThrownBy(() -> Channels.groups(Decomposition.decompose(Networks.chain())))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessageContainingAll("'conv1'", "BasisScalingConvolution");
    }

    private static INDArray predict(Network network) {
        return network.graph().outputSingle(Networks.images(network, 4));
    }

    /** At least one unit goes and at least one stays. */
    private static PruningPlan.Removal anyOf(UnitGroup group, Random random) {
        List<Integer> units = new ArrayList<>(IntStream.range(0, group.size()).boxed().toList());
        Collections.shuffle(units, random);
        return removal(group, units.stream().limit(1 + random.nextInt(group.size() - 1)).sorted().toList());
    }

    /** The same network with those channels zero wherever activations leave zero alone. */
    private static Network silenced(Network network, List<PruningPlan.Removal> removals) {
        NetworkEdit edit = network.edit();
        for (PruningPlan.Removal removal : removals) {
            Node node = network.node(removal.group());
            edit.replace(zeroed(node, removal.removed()));
            for (Node next = reader(network, node); !next.parameters().containsKey("W"); next = reader(network, next)) {
                if (next.layer(BatchNormalization.class).isPresent()) {
                    edit.replace(zeroed(next, removal.removed()));
                }
            }
        }
        return edit.build();
    }

    private static Node reader(Network network, Node node) {
        return network.consumers(node.name()).get(0);
    }

    private static Node zeroed(Node node, List<Integer> channels) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        node.parameters().forEach((key, value) -> {
            INDArray copy = value.dup('c');
            if (List.of("W", "b", "gamma", "beta").contains(key)) {
                channels.forEach(c -> (copy.rank() == 4 ? copy.slice(c) : copy.reshape(copy.length()).getScalar(c)).assign(0));
            }
            parameters.put(key, copy);
        });
        return node.with(parameters);
    }

    static PruningPlan plan(PruningPlan.Removal... removals) {
        return new PruningPlan("test", List.of(removals), Map.of());
    }

    static PruningPlan.Removal removal(UnitGroup group, List<Integer> units) {
        return new PruningPlan.Removal(group.name(), group.kind(), group.size(), units, 0, 0);
    }

    static PruningPlan.Removal removal(Network network, String layer, List<Integer> units) {
        return removal(Channels.groups(network).stream().filter(g -> g.name().equals(layer)).findFirst().orElseThrow(), units);
    }
}
