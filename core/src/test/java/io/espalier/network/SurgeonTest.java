package io.espalier.network;

import static io.espalier.network.ChannelsTest.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SurgeonTest {

    private static final String LAYER = "conv2";

    /** The layer's units of a kind: 12 channels, or 12 vectors. */
    private static Network network(UnitKind kind) {
        return kind == UnitKind.CHANNEL ? Networks.chain() : Decomposition.decompose(Networks.chain());
    }

    private static PruningPlan.Removal removal(UnitKind kind, int size, List<Integer> units) {
        return new PruningPlan.Removal(LAYER, kind, size, units, 0, 0);
    }

    @ParameterizedTest
    @EnumSource
    void aPlanForAnotherNumberOfUnitsIsRefused(UnitKind kind) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(plan(removal(kind, 11, List.of(3))), network(kind)))
                .withMessage("the plan was made for 11 units of layer 'conv2', which has 12");
    }

    @ParameterizedTest
    @EnumSource
    void anIndexThatIsNotThereIsRefused(UnitKind kind) {
        for (int unit : new int[] {-1, 12}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Surgeon.apply(plan(removal(kind, 12, List.of(0, unit))), network(kind)))
                    .withMessage("the plan removes unit " + unit + " of layer 'conv2', which has 12");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGroupIsNeverEmptied(UnitKind kind) {
        List<Integer> all = IntStream.range(0, 12).boxed().toList();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(plan(removal(kind, 12, all)), network(kind)))
                .withMessageContainingAll("all 12 units", "'conv2'", "one of every group must stay");
        Network smallest = Surgeon.apply(plan(removal(kind, 12, all.subList(1, 12))), network(kind));
        INDArray predicted = smallest.graph().outputSingle(Networks.images(smallest, 2));
        assertThat(predicted.sumNumber().doubleValue()).isCloseTo(2, within(1e-5));
    }

    @ParameterizedTest
    @EnumSource
    void aLayerThatIsNotThereIsRefused(UnitKind kind) {
        PruningPlan.Removal removal = new PruningPlan.Removal("conv9", kind, 12, List.of(1), 0, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(plan(removal), network(kind)))
                .withMessageContaining("the network has no layer 'conv9', only [conv1");
    }

    @Test
    void vectorsOfALayerThatHasNoneAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(plan(removal(UnitKind.BASIS_VECTOR, 12, List.of(1))), Networks.chain()))
                .withMessage("layer 'conv2' (ConvolutionLayer) has no basis vectors to remove");
    }

    @Test
    void channelsOfALayerThatOnlyCarriesThemAreRefused() {
        PruningPlan.Removal removal = new PruningPlan.Removal("pool2", UnitKind.CHANNEL, 12, List.of(1), 0, 0);
        assertThatThrownBy(() -> Surgeon.apply(plan(removal), Networks.chain()))
                .isInstanceOf(UnsupportedTopologyException.class)
                .hasMessage("layer 'pool2' (SubsamplingLayer) gives no channels that could be removed: its channels go with those of the"
                        + " groups [conv2]");
    }

    @ParameterizedTest
    @EnumSource
    void aGroupNamedTwiceIsRefused(UnitKind kind) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(plan(removal(kind, 12, List.of(1)), removal(kind, 12, List.of(2))), network(kind)))
                .withMessage("the plan names 'conv2' twice; one removal takes all units of a group");
    }

    @Test
    void aPlanCanBeLookedAtWithoutBeingApplied() {
        Network network = Networks.chain();
        String before = network.digest();
        Network pruned = Surgeon.apply(plan(removal(UnitKind.CHANNEL, 12, List.of(0, 5))), network);
        assertThat(network.digest()).isEqualTo(before);
        assertThat(pruned.digest()).isNotEqualTo(before);
        assertThat(Surgeon.apply(plan(), network).digest()).isEqualTo(before);
    }

    @Test
    void replacementKernelsAreUsedInTheShapeAfterRemoval() {
        Network network = Networks.chain();
        INDArray kernels = Nd4j.linspace(-1, 1, 10 * 10 * 25, DataType.FLOAT).reshape(10, 10, 5, 5);
        PruningPlan.Removal removal = removal(UnitKind.CHANNEL, 12, List.of(0, 5));
        Network pruned = Surgeon.apply(new PruningPlan("test", List.of(removal), Map.of("conv3", kernels)), network);
        assertThat(pruned.node("conv3").parameter("W")).isEqualTo(kernels).isNotSameAs(kernels);
        assertThat(pruned.node("conv3").parameter("b")).isEqualTo(network.node("conv3").parameter("b"));
        INDArray byDl4j = pruned.graph().feedForward(Networks.images(network, 2), false).get("out");
        assertThat(byDl4j.shape()).containsExactly(2, 5);
    }

    @Test
    void replacementKernelsOfAnotherShapeAreRefused() {
        INDArray kernels = Nd4j.zeros(10, 12, 5, 5);
        PruningPlan.Removal removal = removal(UnitKind.CHANNEL, 12, List.of(0, 5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(new PruningPlan("test", List.of(removal), Map.of("conv3", kernels)), Networks.chain()))
                .withMessage("the plan's kernels for layer 'conv3' have the shape [10, 12, 5, 5] where [10, 10, 5, 5] is needed");
    }

    @Test
    void replacementKernelsForALayerThatIsNotThereAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Surgeon.apply(new PruningPlan("test", List.of(), Map.of("conv9", Nd4j.zeros(1))), Networks.chain()))
                .withMessageContaining("the network has no layer 'conv9'");
    }
}
