package io.espalier.plugins.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Couplings;
import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Candidate;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ReconstructionTest {

    private static final int IMAGES = 24;
    private static final int COPIED = 0;
    private static final int COPY = 1;

    static List<?> couplings() {
        return Couplings.arguments();
    }

    /** The network with a unit that gives what another gives, and is read a twentieth as strongly. */
    private static Network withCopy(Couplings coupling) {
        Network network = coupling.network();
        Map<String, INDArray> changed = new HashMap<>();
        Couplings.parameters(network).forEach((name, value) -> changed.put(name, value.dup('c')));
        for (String place : coupling.makers()) {
            slice(changed, place, COPY).assign(slice(changed, place, COPIED));
        }
        for (String place : coupling.biases()) {
            INDArray biases = changed.get(place.substring(0, place.lastIndexOf('/')));
            // So that no unit is always zero, and none but the copy says least.
            copyNumber(biases.addi(2));
        }
        for (String norm : coupling.norms()) {
            changed.keySet().stream().filter(name -> name.startsWith(norm + "/")).forEach(name -> copyNumber(changed.get(name)));
        }
        for (String place : coupling.readers()) {
            int each = place.equals("dense/W/0") ? Math.toIntExact(changed.get("dense/W").size(0)) / coupling.size() : 1;
            for (int i = 0; i < each; i++) {
                slice(changed, place, COPY * each + i).assign(slice(changed, place, COPIED * each + i).mul(0.05));
            }
        }
        NetworkEdit edit = network.edit();
        network.nodes().forEach(node -> edit.replace(node.with(node.parameters().keySet().stream()
                .collect(Collectors.toMap(key -> key, key -> changed.get(node.name() + "/" + key))))));
        return edit.build();
    }

    private static void copyNumber(INDArray vector) {
        vector.putScalar(COPY, vector.getDouble(COPIED));
    }

    private static INDArray slice(Map<String, INDArray> parameters, String place, int index) {
        String[] parts = place.split("/");
        return parameters.get(parts[0] + "/" + parts[1]).slice(index, Integer.parseInt(parts[2]));
    }

    /** Takes one unit of that group and none of others. */
    private static PruningPlan plan(Network network, Couplings coupling, boolean reconstruct) {
        Set<String> others = Channels.groups(network).stream().map(UnitGroup::name).filter(name -> !name.equals(coupling.group())).collect(Collectors.toSet());
        Selection one = new Selection(
                Selection.Of.UNITS, 1.0001 / coupling.size(), Selection.Scope.LAYER, Selection.Normalise.NONE, 0, 0, 1, others);
        Candidate candidate = Workbench.candidate(network, IMAGES);
        return new Reconstruction().plan(candidate, one, new Reconstruction.Options(IMAGES, 10, 8, reconstruct), new Workbench());
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void kernelsMakeUpForAUnitThatAnotherRepeats(Couplings coupling) {
        Network network = withCopy(coupling);
        INDArray images = Networks.images(network, 3);
        INDArray before = network.graph().outputSingle(images);

        PruningPlan plan = plan(network, coupling, true);
        assertThat(plan.removals()).hasSize(1);
        assertThat(plan.removals().get(0).removed()).isSubsetOf(COPIED, COPY).hasSize(1);
        assertThat(Networks.difference(Surgeon.apply(plan, network).graph().outputSingle(images), before)).isLessThan(1e-4);

        PruningPlan bare = plan(network, coupling, false);
        assertThat(bare.removals()).isEqualTo(plan.removals());
        assertThat(bare.kernels()).isEmpty();
        assertThat(Networks.difference(Surgeon.apply(bare, network).graph().outputSingle(images), before)).isGreaterThan(1e-4);
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void plansWithKernelsForManyGroupsAtOnceFitTheNetworkThatIsLeft(Couplings coupling) {
        Network network = coupling.network();
        Selection half = new Selection(Selection.Of.UNITS, 0.5, Selection.Scope.LAYER, Selection.Normalise.L2, 0, 0, 1);
        PruningPlan plan = new Reconstruction().plan(
                Workbench.candidate(network, IMAGES), half, new Reconstruction.Options(IMAGES, 5, 8, true), new Workbench());
        assertThat(plan.reason()).isEqualTo("pruner thinet");
        assertThat(plan.kernels()).isNotEmpty();
        INDArray predicted = Surgeon.apply(plan, network).graph().outputSingle(Networks.images(network, 2));
        assertThat(predicted.sumNumber().doubleValue()).isCloseTo(2, within(1e-4));
    }

    @Test
    void theOrderIsThatOfTryingEveryUnitInEveryStep() {
        double[][] samples = samples(40, 7);
        double[] scores = GreedyRemoval.scores(moments(samples));
        Set<Integer> gone = new LinkedHashSet<>();
        for (int step = 0; step < 7; step++) {
            int best = IntStream.range(0, 7).filter(i -> !gone.contains(i)).boxed()
                    .min((a, b) -> Double.compare(error(samples, gone, a), error(samples, gone, b))).orElseThrow();
            gone.add(best);
            int rank = (int) Arrays.stream(scores).filter(score -> score < scores[best]).count();
            assertThat(rank).isEqualTo(step);
        }
    }

    private static double error(double[][] samples, Set<Integer> gone, int unit) {
        return Arrays.stream(samples)
                .mapToDouble(sample -> Math.pow(sample[unit] + gone.stream().mapToDouble(g -> sample[g]).sum(), 2))
                .sum();
    }

    @Test
    void factorsAreThoseOfLeastSquares() {
        double[][] samples = samples(50, 6);
        int[] kept = {0, 2, 5};
        double[][] columns = Arrays.stream(samples).map(s -> Arrays.stream(kept).mapToDouble(k -> s[k]).toArray()).toArray(double[][]::new);
        double[] whole = Arrays.stream(samples).mapToDouble(s -> Arrays.stream(s).sum()).toArray();
        double[] expected = new SingularValueDecomposition(new Array2DRowRealMatrix(columns)).getSolver().solve(new ArrayRealVector(whole)).toArray();
        assertThat(moments(samples).factors(kept)).containsExactly(expected, within(1e-4));
    }

    private static double[][] samples(int count, int units) {
        Random random = new Random(Networks.SEED);
        return IntStream.range(0, count).mapToObj(i -> random.doubles(units, -1, 1).toArray()).toArray(double[][]::new);
    }

    private static Moments moments(double[][] samples) {
        Moments moments = new Moments(samples[0].length);
        moments.add(samples);
        return moments;
    }
}
