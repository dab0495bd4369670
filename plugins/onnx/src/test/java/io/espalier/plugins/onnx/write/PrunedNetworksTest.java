package io.espalier.plugins.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.espalier.Networks;
import io.espalier.Shared;
import io.espalier.network.Channels;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.RandomPlans;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks without some of their channels, written: ONNX Runtime computes what the whole network computes with nobody reading them. */
class PrunedNetworksTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();

    @TempDir
    private Path folder;

    private void assertAgrees(Network network, PruningPlan plan) {
        Network pruned = Surgeon.apply(plan, network);
        INDArray images = Networks.images(network, 3);
        INDArray predicted = OnnxRuntime.predict(Written.to(folder.resolve("pruned.onnx"), pruned), images);
        assertThat(Networks.difference(predicted, Written.own(RandomPlans.unread(network, plan), images))).as("%s", plan).isLessThan(1e-4);
        assertThat(Cost.of(pruned)).isEqualTo(RandomPlans.cost(plan, network));
    }

    static Iterable<String> names() {
        return NETWORKS.keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void onnxRuntimeComputesWhatIsLeftOfEveryTopology(String name) {
        assertAgrees(NETWORKS.get(name), RandomPlans.any(NETWORKS.get(name), new Random(Networks.SEED)));
    }

    private static Network resNet20() throws IOException {
        return WrittenAndReadTest.read(Shared.file("models/resnet20-cifar10.onnx"));
    }

    /**
     * Three residual blocks of 16 channels, three of 32, three of 64, shortcuts of option A: the 16 of the first stage go on
     * through the second and the third, the 16 that are added to zeros in the second through the third, and 32 are of the
     * third alone; and each block has the channels between its two convolutions.
     */
    @Test
    void theResidualStreamOfAPublishedResNetIsThreeGroups() throws IOException {
        List<UnitGroup> groups = Channels.groups(resNet20());
        assertThat(groups).hasSize(3 + 9);
        assertThat(groups).filteredOn(g -> g.kernels().size() > 1).extracting(UnitGroup::size, g -> g.kernels().size())
                .containsExactly(
                        tuple(16, 1 + 9), tuple(16, 6),
                        tuple(32, 3));
        assertThat(groups).filteredOn(g -> g.kernels().size() == 1).extracting(UnitGroup::size)
                .containsExactly(16, 16, 16, 32, 32, 32, 64, 64, 64);
    }

    static Stream<Arguments> selections() {
        return Stream.of(
                Arguments.of(Selection.Of.UNITS, Selection.Scope.LAYER, 1), Arguments.of(Selection.Of.PARAMETERS, Selection.Scope.GLOBAL, 1),
                Arguments.of(Selection.Of.FLOPS, Selection.Scope.GLOBAL, 8));
    }

    @ParameterizedTest
    @MethodSource("selections")
    void aPublishedResNetLosesChannelsOfAllItsStages(Selection.Of of, Selection.Scope scope, int multiple) throws IOException {
        Network network = resNet20();
        Map<String, double[]> scores = new LinkedHashMap<>();
        Random random = new Random(Networks.SEED);
        List<UnitGroup> groups = Channels.groups(network);
        groups.forEach(g -> scores.put(g.name(), random.doubles(g.size()).toArray()));
        PruningPlan plan = new Selection(of, 0.5, scope, Selection.Normalise.NONE, 0, 0.1, multiple).plan(groups, scores, "test");
        assertAgrees(network, plan);
        Cost left = RandomPlans.cost(plan, network);
        if (of == Selection.Of.PARAMETERS) {
            // Ten biases of the classes are all that no channel holds; the dearest unit has fewer than 1 % of the parameters.
            assertThat(left.reductionFrom(Cost.of(network))).isBetween(0.499, 0.51);
        }
        assertThat(plan.removals()).allSatisfy(r -> assertThat((r.size() - r.removed().size()) % multiple).isZero());
    }
}
