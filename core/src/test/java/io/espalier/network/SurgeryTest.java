package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random legal plans on every topology. */
class SurgeryTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();
    private static final int PLANS = 4;

    static Iterable<String> names() {
        return NETWORKS.keySet();
    }

    private static INDArray predict(Network network, Network input) {
        return network.graph().outputSingle(Networks.images(input, 4));
    }

    @ParameterizedTest
    @MethodSource("names")
    void channelsThatAreZeroAndChannelsThatAreGoneGiveTheSameOutputs(String name) {
        Network network = NETWORKS.get(name);
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
        Network network = NETWORKS.get(name);
        Random random = new Random(Networks.SEED);
        for (int i = 0; i < PLANS; i++) {
            PruningPlan plan = RandomPlans.any(network, random);
            Network pruned = Surgeon.apply(plan, network);
            assertThat(RandomPlans.cost(plan, network)).as("%s", plan).isEqualTo(Cost.of(pruned)).isNotEqualTo(Cost.of(network));
            assertThat(pruned.graph().numParams()).isLessThan(network.graph().numParams());
        }
        assertThat(Channels.groups(network).get(0).footprint().of(Map.of())).isEqualTo(Cost.of(network));
    }

    @ParameterizedTest
    @MethodSource("names")
    void whatIsLeftDecomposesAndFolds(String name) {
        Network network = NETWORKS.get(name);
        Network pruned = Surgeon.apply(RandomPlans.any(network, new Random(Networks.SEED)), network);
        Network decomposed = Decomposition.decompose(BatchNorms.fold(pruned));
        INDArray expected = predict(pruned, network);
        for (Network other : List.of(BatchNorms.fold(pruned), decomposed, Decomposition.fold(decomposed), Decomposition.merge(decomposed))) {
            assertThat(Networks.difference(predict(other, network), expected)).isLessThan(1e-4);
        }
        assertThat(Cost.of(decomposed)).isEqualTo(Cost.of(BatchNorms.fold(pruned)));
    }

    @ParameterizedTest
    @MethodSource("names")
    void layersDecomposedBeforeAreCutAsWholeOnesAndKeepTheirRank(String name) {
        Network decomposed = Decomposition.decompose(NETWORKS.get(name));
        List<UnitGroup> vectors = BasisVectors.groups(decomposed, Map.of());
        Map<String, double[]> scores = new LinkedHashMap<>();
        vectors.forEach(g -> scores.put(g.name(), g.singularValues().orElseThrow().castTo(DataType.DOUBLE).toDoubleVector()));
        Network reduced = Surgeon.apply(new Selection(Selection.Of.UNITS, 0.5, Selection.Scope.LAYER, Selection.Normalise.NONE, 0, 0, 1)
                .plan(vectors, scores, "half of the vectors"), decomposed);
        Map<String, Long> ranks = Decomposition.ranks(reduced);

        Network whole = Decomposition.merge(reduced);
        assertThat(Networks.difference(predict(whole, reduced), predict(reduced, reduced))).isLessThan(1e-4);
        PruningPlan plan = RandomPlans.any(whole, new Random(Networks.SEED));
        Network pruned = Surgeon.apply(plan, whole);
        Network again = Decomposition.decompose(pruned, ranks);
        assertThat(Networks.difference(predict(again, reduced), predict(RandomPlans.unread(whole, plan), reduced))).isLessThan(1e-4);
        assertThat(Decomposition.ranks(again)).allSatisfy((layer, rank) -> assertThat(rank).isBetween(1L, ranks.getOrDefault(layer, Long.MAX_VALUE)));
    }

    @Test
    void aNewProcessLoadsWhatIsLeftAndPredictsTheSame(@TempDir Path folder) throws Exception {
        Map<String, Network> networks = new LinkedHashMap<>();
        NETWORKS.forEach((name, network) ->
                networks.put(name, Surgeon.apply(RandomPlans.any(network, new Random(Networks.SEED)), network)));
        for (var entry : networks.entrySet()) {
            ModelSerializer.writeModel(entry.getValue().graph(), folder.resolve(entry.getKey() + ".zip").toFile(), false);
            Nd4j.saveBinary(Networks.images(entry.getValue(), 3), folder.resolve(entry.getKey() + ".images").toFile());
        }
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                        PrunedNetworks.class.getName(), folder.toString())
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the process ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        for (var entry : networks.entrySet()) {
            INDArray predicted = Nd4j.readBinary(folder.resolve(entry.getKey() + ".predictions").toFile());
            assertThat(Networks.difference(predicted, entry.getValue().graph().outputSingle(Networks.images(entry.getValue(), 3))))
                    .as(entry.getKey()).isLessThan(1e-6);
        }
    }
}
