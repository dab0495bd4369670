package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.layers.ChannelScaling;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ChannelScalingsTest {

    static Stream<String> topologies() {
        return Networks.byName().keySet().stream();
    }

    private static Network network(String name) {
        return Networks.byName().get(name);
    }

    private static INDArray predict(Network network) {
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            return program.predict(Networks.images(network, 4));
        }
    }

    /** Every factor another number between 0.4 and 1.5, some of them 0. */
    public static Network withFactors(Network scaled) {
        NetworkEdit edit = scaled.edit();
        for (Node node : ChannelScalings.scalings(scaled)) {
            long channels = node.parameter(ChannelScaling.FACTORS).length();
            INDArray factors = Nd4j.linspace(0.4, 1.5, channels, DataType.FLOAT);
            factors.putScalar(channels / 2, 0);
            edit.replace(node.with(Map.of(ChannelScaling.FACTORS, factors)));
        }
        return edit.build();
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void factorsAreMultipliedIntoWhatReadsThemAndChangeNothing(String name) {
        Network network = network(name);
        Network scaled = ChannelScalings.insert(network);
        assertThat(ChannelScalings.scalings(scaled)).isNotEmpty();
        assertThat(Networks.difference(predict(scaled), predict(network))).isLessThan(1e-6);
        assertThat(ChannelScalings.fold(scaled).nodes()).as("factors of 1 leave nothing behind").hasSameSizeAs(network.nodes());

        Network trained = withFactors(scaled);
        Network folded = ChannelScalings.fold(trained);
        assertThat(ChannelScalings.scalings(folded)).isEmpty();
        assertThat(Networks.difference(predict(folded), predict(trained))).isLessThan(1e-5);
        assertThat(Cost.of(trained)).isEqualTo(Cost.of(folded));

        Network again = withFactors(ChannelScalings.insert(folded));
        Network twice = ChannelScalings.fold(again);
        assertThat(Networks.difference(predict(twice), predict(again))).isLessThan(1e-5);
        assertThat(twice.nodes()).as("what one round leaves before sums takes the factors of the next").hasSameSizeAs(folded.nodes());
    }

    @Test
    void aChainNeedsNoAffineAndASumOneForEachOfItsArms() {
        Network chain = ChannelScalings.fold(withFactors(ChannelScalings.insert(Networks.chain())));
        assertThat(chain.nodes()).extracting(Node::kind).doesNotContain("ChannelAffine");
        assertThat(Cost.of(chain)).isEqualTo(Cost.of(Networks.chain()));
        Network bottleneck = ChannelScalings.fold(withFactors(ChannelScalings.insert(Networks.bottleneck())));
        assertThat(bottleneck.nodes()).filteredOn(node -> node.kind().equals("ChannelAffine"))
                .isNotEmpty()
                .allSatisfy(node -> assertThat(bottleneck.consumers(node.name())).extracting(Node::kind).containsOnly("ElementWiseVertex"));
    }

    @Test
    void aNewHeadsBatchNormTakesTheFactorsThroughTheGlobalPooling() {
        Network headed = Heads.replace(Networks.pooled(), Networks.pooled().classes(), new Random(Networks.SEED));
        Network trained = withFactors(ChannelScalings.insert(headed));
        Network folded = ChannelScalings.fold(trained);
        assertThat(folded.nodes()).extracting(Node::name).containsExactlyElementsOf(headed.nodes().stream().map(Node::name).toList());
        assertThat(Networks.difference(predict(folded), predict(trained))).isLessThan(1e-5);
        assertThat(Cost.of(trained)).isEqualTo(Cost.of(headed));
    }

    @Test
    void factorsStandBehindTheActivationOfTheirConvolution() {
        Network scaled = ChannelScalings.insert(Networks.chain());
        assertThat(ChannelScalings.scalings(scaled)).extracting(Node::name)
                .containsExactly("conv1-scaling", "relu2-scaling", "conv3-scaling");
        assertThat(scaled.node("conv2").inputs()).containsExactly("conv1-scaling");
        assertThat(scaled.node("pool2").inputs()).containsExactly("relu2-scaling");
    }

    /** What a network gives when nobody reads the channels is what it gives without them, factors or not. */
    @ParameterizedTest
    @MethodSource("topologies")
    void channelsGoFromWhateverHasFactors(String name) {
        Network scaled = withFactors(ChannelScalings.insert(network(name)));
        PruningPlan plan = RandomPlans.any(scaled, new Random(Networks.SEED));
        Network pruned = Surgeon.apply(plan, scaled);
        assertThat(Networks.difference(predict(pruned), predict(RandomPlans.unread(scaled, plan)))).isLessThan(1e-5);
        assertThat(Networks.difference(predict(ChannelScalings.fold(pruned)), predict(pruned))).isLessThan(1e-5);
        assertThat(ChannelScalings.scalings(pruned)).allSatisfy(
                node -> assertThat(node.parameter(ChannelScaling.FACTORS).length()).isEqualTo(channels(pruned, node)));
    }

    private static long channels(Network network, Node scaling) {
        return ((InputType.InputTypeConvolutional) network.outputTypes().get(scaling.name())).getChannels();
    }

    /** All but those where a batch norm reads a sum or a concatenation: its shift makes something of a channel of zeros. */
    @ParameterizedTest
    @ValueSource(strings = {
        "chain", "pooled", "vgg", "shortcutOfZeros", "projection", "bottleneck", "invertedResiduals", "inception", "attention",
        "hardActivations", "grouped", "logits", "fire", "resolutions"})
    void channelsWhoseFactorsAreZeroGoWithoutATrace(String name) {
        Network scaled = withFactors(ChannelScalings.insert(network(name)));
        List<UnitGroup> groups = ChannelScalings.groups(scaled);
        List<PruningPlan.Removal> removals = groups.stream()
                .filter(group -> group.size() > 1)
                .map(group -> RandomPlans.removal(group, IntStream.range(0, group.size() / 2).boxed().toList()))
                .toList();
        PruningPlan plan = new PruningPlan("half", removals, Map.of());
        Network zero = withZeros(scaled, groups, plan);
        assertThat(ChannelScalings.scores(zero, groups(zero, removals))).allSatisfy((group, scores) -> {
            for (int unit = 0; unit < scores.length; unit++) {
                assertThat(scores[unit]).isEqualTo(unit < scores.length / 2 ? 0 : scores[unit]);
            }
        });
        assertThat(Networks.difference(predict(Surgeon.apply(plan, zero)), predict(zero))).isLessThan(1e-5);
    }

    private static List<UnitGroup> groups(Network network, List<PruningPlan.Removal> removals) {
        Set<String> names = removals.stream().map(PruningPlan.Removal::group).collect(Collectors.toSet());
        return ChannelScalings.groups(network).stream().filter(group -> names.contains(group.name())).toList();
    }

    private static Network withZeros(Network network, List<UnitGroup> groups, PruningPlan plan) {
        Network result = network;
        for (PruningPlan.Removal removal : plan.removals()) {
            UnitGroup group = groups.stream().filter(g -> g.name().equals(removal.group())).findFirst().orElseThrow();
            for (UnitGroup.Member member : group.members()) {
                if (ChannelScalings.isScaling(network.node(member.layer()))) {
                    INDArray factors = result.node(member.layer()).parameter(ChannelScaling.FACTORS).dup();
                    removal.removed().forEach(unit -> {
                        for (long position : member.positions(unit)) {
                            factors.putScalar(position, 0);
                        }
                    });
                    result = result.edit().replace(result.node(member.layer()).with(Map.of(ChannelScaling.FACTORS, factors))).build();
                }
            }
        }
        return result;
    }
}
