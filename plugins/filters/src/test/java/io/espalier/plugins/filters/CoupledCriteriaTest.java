package io.espalier.plugins.filters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Couplings;
import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Scores against loops over the weights that were found to go together by hand. */
class CoupledCriteriaTest {

    static List<?> couplings() {
        return Couplings.arguments();
    }

    private static double[] scores(Criterion<NoOptions> criterion, Network network, String group) {
        UnitGroup found = Channels.groups(network).stream().filter(g -> g.name().equals(group)).findFirst().orElseThrow();
        CriterionContext context = CriterionContext.of(Workbench.candidate(network, 1), new Workbench());
        return criterion.score(found, new NoOptions(), context).castTo(DataType.DOUBLE).toDoubleVector();
    }

    private static void compare(Criterion<NoOptions> criterion, Couplings coupling, IntToDoubleFunction expected) {
        double[] scores = scores(criterion, coupling.network(), coupling.group());
        assertThat(scores).hasSize(coupling.size());
        for (int unit = 0; unit < scores.length; unit++) {
            assertThat(scores[unit]).as("unit %d", unit).isCloseTo(expected.applyAsDouble(unit), within(1e-5 * Math.abs(scores[unit])));
        }
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void l1AndL2AreSummedOverTheLayersThatMakeAUnit(Couplings coupling) {
        Map<String, INDArray> parameters = Couplings.parameters(coupling.network());
        compare(new L1Norm(), coupling, unit -> coupling.makers().stream()
                .mapToDouble(place -> Arrays.stream(coupling.numbers(parameters, place, unit)).map(Math::abs).sum()).sum());
        compare(new L2Norm(), coupling, unit -> coupling.makers().stream()
                .mapToDouble(place -> Math.sqrt(squares(coupling.numbers(parameters, place, unit)))).sum());
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void groupNormIsTheNormOfEverythingThatGoesWithAUnit(Couplings coupling) {
        Map<String, INDArray> parameters = Couplings.parameters(coupling.network());
        compare(new GroupNorm(), coupling, unit -> {
            double squares = 0;
            for (List<String> places : List.of(coupling.makers(), coupling.readers())) {
                squares += places.stream().mapToDouble(place -> squares(coupling.numbers(parameters, place, unit))).sum();
            }
            return Math.sqrt(squares + coupling.norms().stream().mapToDouble(norm -> Math.pow(gamma(parameters, norm, unit), 2)).sum());
        });
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void fpgmIsTheSumOfDistancesToTheOtherFilters(Couplings coupling) {
        Map<String, INDArray> parameters = Couplings.parameters(coupling.network());
        compare(new GeometricMedian(), coupling, unit -> {
            double sum = 0;
            for (String place : coupling.makers()) {
                for (int other = 0; other < coupling.size(); other++) {
                    sum += distance(coupling.numbers(parameters, place, unit), coupling.numbers(parameters, place, other));
                }
            }
            return sum;
        });
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void slimmingIsTheFactorOfTheBatchNormsOrARefusalThatNamesTheLayer(Couplings coupling) {
        if (coupling.norms().isEmpty()) {
            assertThatThrownBy(() -> scores(new Slimming(), coupling.network(), coupling.group()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("'slimming'", "layer '" + coupling.group() + "'", "keep=" + coupling.group(), "batchNorm=frozen");
            return;
        }
        Map<String, INDArray> parameters = Couplings.parameters(coupling.network());
        compare(new Slimming(), coupling, unit -> coupling.norms().stream().mapToDouble(norm -> Math.abs(gamma(parameters, norm, unit))).sum());
    }

    @Test
    void slimmingDoesNotCareForSigns() {
        Couplings coupling = Couplings.ALL.stream().filter(c -> !c.norms().isEmpty()).findFirst().orElseThrow();
        Node norm = coupling.network().node(coupling.norms().get(0));
        INDArray gamma = norm.parameter("gamma").dup();
        gamma.negi();
        Network negated = coupling.network().edit().replace(norm.with(Map.of("gamma", gamma))).build();
        assertThat(scores(new Slimming(), negated, coupling.group())).containsExactly(scores(new Slimming(), coupling.network(), coupling.group()));
    }

    @Test
    void aFilterThatTheOthersCanReplaceGoesFirstByFpgmThoughItsNormIsLarge() {
        Network network = Networks.chain();
        INDArray kernels = network.node("conv1").parameter("W").dup();
        // In the middle of all others, and far from zero.
        kernels.addi(1);
        kernels.slice(3).assign(kernels.mean(0));
        Network changed = network.edit().replace(network.node("conv1").with(Map.of("W", kernels))).build();
        assertThat(lowest(scores(new GeometricMedian(), changed, "conv1"))).isEqualTo(3);
    }

    private static int lowest(double[] scores) {
        int lowest = 0;
        for (int i = 1; i < scores.length; i++) {
            lowest = scores[i] < scores[lowest] ? i : lowest;
        }
        return lowest;
    }

    private static double gamma(Map<String, INDArray> parameters, String norm, int unit) {
        return parameters.get(norm + "/gamma").getDouble(unit);
    }

    private static double squares(double[] numbers) {
        return Arrays.stream(numbers).map(n -> n * n).sum();
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }
}
