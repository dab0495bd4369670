package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Candidate;
import io.espalier.api.Criterion;
import io.espalier.api.InputException;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.network.Channels;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Double pruning by everything in the distribution that can choose channels, on networks like VGG, ResNet-56 and DenseNet. */
class EveryPrunerIT {

    private static final Catalog CATALOG = Catalog.open(List.of(Espalier.HOME.resolve("plugins")), Espalier.HOME);
    private static final Map<String, Network> NETWORKS = Networks.byName();

    /** Need a file or a program. */
    private static final Set<String> FROM_OUTSIDE = Set.of("plan", "command");

    /** Every topology, by what it stands for. */
    private static final Map<String, String> TOPOLOGIES = Map.of("VGG", "vgg", "ResNet-56", "shortcutOfZeros", "DenseNet", "dense");

    private static List<String> pruners() {
        Stream<String> criteria = CATALOG.all(Criterion.class).stream()
                .filter(e -> ((Criterion<?>) e.instance()).units().contains(UnitKind.CHANNEL))
                .map(Extension::name);
        return Stream.concat(criteria, CATALOG.all(Pruner.class).stream().map(Extension::name))
                .filter(name -> !FROM_OUTSIDE.contains(name))
                .distinct()
                .sorted()
                .toList();
    }

    static Stream<Arguments> everyPrunerOnEveryTopology() {
        return pruners().stream().flatMap(pruner -> TOPOLOGIES.keySet().stream().sorted().map(like -> Arguments.of(pruner, like)));
    }

    @Test
    void allThatThePapersNameAreThere() {
        assertThat(pruners()).containsExactly(
                "apoz", "chip", "fisher", "fpgm", "group-norm", "hrank", "l1", "l2", "random", "slimming", "taylor-batch-norm",
                "taylor-weights", "thinet");
    }

    @SuppressWarnings("unchecked")
    private static Candidate apply(String stage, Candidate candidate, Map<String, String> options) {
        Extension extension = CATALOG.find(Stage.class, stage);
        Record bound = CATALOG.bind(extension, options).value();
        return ((Stage<Record>) extension.instance()).apply(candidate, bound, new Workbench(Networks.SEED, DataType.FLOAT));
    }

    private static Map<String, String> options(String pruner, String of, Network network) {
        Map<String, String> options = new HashMap<>(Map.of("pruner", pruner, "of", of, "fraction", "0.3", "multiple", "2"));
        // Where there is no batch norm there is nothing that these could look at, and where there is no ReLU nothing for APoZ.
        List<String> kept = switch (pruner) {
            case "slimming", "taylor-batch-norm" -> groupsWithoutBatchNorm(network);
            case "apoz" -> groupsWithoutZeros(network);
            default -> List.of();
        };
        options.put("keep", String.join(",", kept));
        return options;
    }

    private static List<String> groupsWithoutBatchNorm(Network network) {
        return Channels.groups(network).stream()
                .filter(group -> group.members().stream().noneMatch(member -> member.parameter().equals("gamma")))
                .map(UnitGroup::name).toList();
    }

    /** The leaky activation of the VGG-like network. */
    private static List<String> groupsWithoutZeros(Network network) {
        return network.has("leaky1") ? List.of("block1") : List.of();
    }

    @ParameterizedTest
    @MethodSource("everyPrunerOnEveryTopology")
    void channelsGoAsTheSelectionSaysThenTheRestIsDecomposed(String pruner, String like) {
        Network network = NETWORKS.get(TOPOLOGIES.get(like));
        Candidate loaded = Workbench.candidate(network, 12);
        Candidate decomposed = apply("decompose", loaded, Map.of("batchNorm", "frozen"));
        for (String of : List.of("units", "parameters")) {
            Map<String, String> options = options(pruner, of, network);
            Candidate pruned = apply("double-prune", decomposed, options);
            Map<String, Integer> before = sizes(network);
            Map<String, Integer> after = sizes(Decomposition.merge(pruned.network()));
            assertThat(after.keySet()).isEqualTo(before.keySet());
            assertThat(after).allSatisfy((group, left) -> assertThat(left % 2 == 0 || left.equals(before.get(group))).as(group).isTrue());
            List.of(options.get("keep").split(",")).stream().filter(name -> !name.isEmpty())
                    .forEach(kept -> assertThat(after).containsEntry(kept, before.get(kept)));
            assertThat(Cost.of(pruned.network()).parameters()).isLessThan(Cost.of(decomposed.network()).parameters());
            Candidate folded = apply("fold", pruned, Map.of());
            INDArray predicted = folded.network().graph().outputSingle(Networks.images(network, 2));
            assertThat(predicted.sumNumber().doubleValue()).isBetween(1.999, 2.001);
        }
    }

    private static Map<String, Integer> sizes(Network network) {
        return Channels.groups(network).stream().collect(Collectors.toMap(UnitGroup::name, UnitGroup::size));
    }

    @Test
    void aCriterionThatDoesNotApplyIsRefusedWithTheLayerAndTheMend() {
        Candidate plain = Workbench.candidate(NETWORKS.get("vgg"), 4);
        for (String pruner : List.of("slimming", "taylor-batch-norm")) {
            assertThatThrownBy(() -> apply("double-prune", plain, Map.of("pruner", pruner)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("criterion '" + pruner + "'", "layer 'block2'", "keep=block2", "decompose?batchNorm=frozen");
        }
        assertThatThrownBy(() -> apply("double-prune", plain, Map.of("pruner", "apoz")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("criterion 'apoz'", "layer 'block1'", "keep=block1");
        assertThatThrownBy(() -> apply("double-prune", plain, Map.of("pruner", "l1", "keep", "block*,pool*")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("keep=pool* is no layer whose channels could go", "block1, block2, block3, dense");
    }
}
