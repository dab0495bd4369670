package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class BatchNormSplitTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();

    static Iterable<String> names() {
        return NETWORKS.keySet();
    }

    private static List<String> all(Network network) {
        return BatchNormSplit.splittable(network, new HashSet<>(BatchNorms.names(network)));
    }

    private static INDArray predict(Network network) {
        return network.graph().outputSingle(Networks.images(network, 3));
    }

    @ParameterizedTest
    @MethodSource("names")
    void splitAndJoinedAgainItIsTheSameNetwork(String name) {
        Network network = NETWORKS.get(name);
        Network split = BatchNormSplit.split(network, all(network));
        assertThat(Networks.difference(predict(split), predict(network))).isLessThan(1e-5);
        Network joined = BatchNormSplit.join(split, network, all(network));
        assertThat(joined.digest()).isEqualTo(network.digest());
    }

    @Test
    void whatWasTrainedIsInTheBatchNormAndItsStatisticsAreAsTheyWere() {
        Network network = NETWORKS.get("projection");
        Network split = BatchNormSplit.split(network, List.of("a1-norm"));
        Node trained = split.node("a1-norm");
        INDArray scale = trained.parameter("W").mul(2);
        INDArray shift = trained.parameter("b").sub(0.25);
        Network changed = split.edit().replace(trained.with(Map.of("W", scale, "b", shift))).build();
        Network joined = BatchNormSplit.join(changed, network, List.of("a1-norm"));
        assertThat(Networks.difference(predict(joined), predict(changed))).isLessThan(1e-5);
        assertThat(joined.node("a1-norm").parameter("gamma")).isEqualTo(network.node("a1-norm").parameter("gamma").mul(2));
        assertThat(joined.node("a1-norm").parameter("var")).isEqualTo(network.node("a1-norm").parameter("var"));
    }

    @Test
    void aBatchNormWithoutScaleAndShiftOfItsOwnGetsThem() {
        Network network = NETWORKS.get("projection");
        Node norm = network.node("a1-norm");
        BatchNormalization locked = (BatchNormalization) norm.layer().orElseThrow().clone();
        locked.setLockGammaBeta(true);
        locked.setGamma(1.5);
        locked.setBeta(-0.5);
        Map<String, INDArray> statistics = Map.of("mean", norm.parameter("mean"), "var", norm.parameter("var"));
        Network fixed = network.edit().replace(norm.computing(locked, statistics)).build();
        Network joined = BatchNormSplit.join(BatchNormSplit.split(fixed, List.of("a1-norm")), fixed, List.of("a1-norm"));
        assertThat(Networks.difference(predict(joined), predict(fixed))).isLessThan(1e-5);
        assertThat(joined.node("a1-norm").parameter("gamma").getDouble(3)).isEqualTo(1.5);
    }
}
