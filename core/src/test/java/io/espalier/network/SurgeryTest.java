package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Random legal plans on every topology. */
class SurgeryTest {

    private static final int PLANS = 4;

    static Iterable<String> names() {
        return Networks.byName().keySet();
    }

    private static INDArray predict(Network network, Network input) {
        return network.graph().outputSingle(Networks.images(input, 4));
    }

    @ParameterizedTest
    @MethodSource("names")
    void channelsThatAreZeroAndChannelsThatAreGoneGiveTheSameOutputs(String name) {
        Network network = Networks.byName().get(name);
        Random random = new Random(Networks.SEED);
        for (int i = 0; i < PLANS; i++) {
            PruningPlan plan = RandomPlans.any(network, random);
            INDArray gone = predict(Surgeon.apply(plan, network), network);
            assertThat(Networks.difference(gone, predict(RandomPlans.silenced(network, plan), network))).as("%s", plan).isLessThan(1e-5);
            assertThat(Networks.difference(gone, predict(RandomPlans.unread(network, plan), network))).as("%s", plan).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void parametersAndFlopsFallByWhatThePlanSaid(String name) {
        Network network = Networks.byName().get(name);
        Random random = new Random(Networks.SEED);
        for (int i = 0; i < PLANS; i++) {
            PruningPlan plan = RandomPlans.any(network, random);
            Network pruned = Surgeon.apply(plan, network);
            assertThat(RandomPlans.cost(plan, network)).as("%s", plan).isEqualTo(Cost.of(pruned)).isNotEqualTo(Cost.of(network));
            assertThat(pruned.graph().numParams()).isLessThan(network.graph().numParams());
        }
        assertThat(Channels.groups(network).get(0).footprint().of(Map.of())).isEqualTo(Cost.of(network));
    }
}
