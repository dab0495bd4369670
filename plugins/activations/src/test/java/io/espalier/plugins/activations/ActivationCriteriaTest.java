package io.espalier.plugins.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Couplings;
import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Candidate;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.data.Batch;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Scores against loops over the maps that DL4J's own graph gives, at the layers that were found by hand to be read. */
class ActivationCriteriaTest {

    private static final int IMAGES = 5;

    static List<?> couplings() {
        return Couplings.arguments();
    }

    private static <O extends Record> double[] scores(Criterion<O> criterion, O options, Network network, String group) {
        UnitGroup found = Channels.groups(network).stream().filter(g -> g.name().equals(group)).findFirst().orElseThrow();
        Candidate candidate = Workbench.candidate(network, IMAGES);
        return criterion.score(found, options, CriterionContext.of(candidate, new Workbench())).toDoubleVector();
    }

    /** What a reference says of unit i of maps [channels][height][width] of one image. */
    private interface OfMaps {
        double score(double[][][] maps, int unit);
    }

    private static double[] expected(Couplings coupling, OfMaps reference) {
        ComputationGraph graph = coupling.network().graph(DataType.DOUBLE, ComputationGraph::new);
        double[] scores = new double[coupling.size()];
        try (Batch batch = Workbench.train(Workbench.candidate(coupling.network(), IMAGES))) {
            Map<String, INDArray> observed = graph.feedForward(batch.images().castTo(DataType.DOUBLE), false);
            for (String layer : coupling.maps()) {
                for (int image = 0; image < IMAGES; image++) {
                    double[][][] maps = maps(observed.get(layer).dup('c'), image, coupling.size());
                    for (int unit = 0; unit < scores.length; unit++) {
                        scores[unit] += reference.score(maps, unit) / IMAGES / coupling.maps().size();
                    }
                }
            }
        }
        return scores;
    }

    /** The group's own maps, which are the first of what a layer gives. */
    private static double[][][] maps(INDArray observed, int image, int units) {
        int height = observed.rank() == 2 ? 1 : (int) observed.size(2);
        int width = observed.rank() == 2 ? 1 : (int) observed.size(3);
        double[] numbers = observed.data().asDouble();
        double[][][] maps = new double[units][height][width];
        for (int i = 0; i < units * height * width; i++) {
            maps[i / height / width][i / width % height][i % width] = numbers[(int) (image * observed.size(1)) * height * width + i];
        }
        return maps;
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void apozIsTheShareOfNumbersThatAreNotZeroOrARefusalWhereNothingGivesZeros(Couplings coupling) {
        double[] shares = expected(coupling, (maps, unit) -> Arrays.stream(maps[unit]).flatMapToDouble(Arrays::stream).map(x -> x == 0 ? 0 : 1).average().orElseThrow());
        ZeroShare.Options options = new ZeroShare.Options(IMAGES, 2);
        if (Arrays.stream(shares).allMatch(share -> share == 1)) {
            assertThatThrownBy(() -> scores(new ZeroShare(), options, coupling.network(), coupling.group()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("'apoz'", "layer '" + coupling.group() + "'", "keep=" + coupling.group());
            return;
        }
        assertThat(scores(new ZeroShare(), options, coupling.network(), coupling.group())).containsExactly(shares, within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void hrankIsTheMeanRankOfTheMaps(Couplings coupling) {
        double[] ranks = expected(coupling, (maps, unit) -> rank(maps[unit]));
        assertThat(scores(new MapRank(), new MapRank.Options(IMAGES, 2), coupling.network(), coupling.group())).containsExactly(ranks, within(1e-9));
    }

    /** As NumPy and PyTorch count: singular values above the largest times the longer side times epsilon. */
    private static double rank(double[][] map) {
        double[] values = new SingularValueDecomposition(new Array2DRowRealMatrix(map)).getSingularValues();
        double least = values[0] * Math.max(map.length, map[0].length) * 1.2e-7;
        return Arrays.stream(values).filter(value -> value > least).count();
    }

    @Test
    void rankIsThatOfTheSingularValuesWhateverTheMatrix() {
        Random random = new Random(Networks.SEED);
        for (int rank = 0; rank <= 6; rank++) {
            double[][] product = new double[7][6];
            for (int k = 0; k < rank; k++) {
                double[] column = random.doubles(7, -1, 1).toArray();
                double[] row = random.doubles(6, -1, 1).toArray();
                for (int i = 0; i < 42; i++) {
                    product[i / 6][i % 6] += column[i / 6] * row[i % 6];
                }
            }
            assertThat(MapRank.rank(product)).isEqualTo(rank);
        }
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void chipIsWhatTheNuclearNormLosesWithoutAUnit(Couplings coupling) {
        double[] losses = expected(coupling, (maps, unit) -> nuclearNorm(maps, -1) - nuclearNorm(maps, unit));
        double[] scores = scores(new ChannelIndependence(), new ChannelIndependence.Options(IMAGES, 2), coupling.network(), coupling.group());
        double largest = Arrays.stream(losses).max().orElseThrow();
        assertThat(scores).containsExactly(losses, within(1e-4 * largest));
    }

    @Test
    void unitsOfSeveralMapsGoWhole() {
        Network network = Networks.grouped();
        String name = "a2";
        UnitGroup group = Channels.groups(network).stream().filter(g -> g.members().stream().anyMatch(m -> m.layer().equals(name))).findFirst().orElseThrow();
        FeatureMaps maps = FeatureMaps.of(group, network).get(0);
        assertThat(maps.channels()[0]).as("maps of a unit").hasSizeGreaterThan(1);
        double[] losses = new double[group.size()];
        try (Batch batch = Workbench.train(Workbench.candidate(network, IMAGES))) {
            INDArray observed = network.graph().feedForward(batch.images(), false).get(maps.layer());
            for (int image = 0; image < IMAGES; image++) {
                double[][][] all = maps(observed.dup('c'), image, (int) observed.size(1));
                for (int unit = 0; unit < losses.length; unit++) {
                    double[][][] without = all.clone();
                    for (int channel : maps.channels()[unit]) {
                        without[channel] = new double[all[channel].length][all[channel][0].length];
                    }
                    losses[unit] += (nuclearNorm(all, -1) - nuclearNorm(without, -1)) / IMAGES;
                }
            }
        }
        double largest = Arrays.stream(losses).max().orElseThrow();
        assertThat(scores(new ChannelIndependence(), new ChannelIndependence.Options(IMAGES, 2), network, group.name()))
                .containsExactly(losses, within(1e-4 * largest));
    }

    private static double nuclearNorm(double[][][] maps, int zero) {
        double[][] rows = new double[maps.length][];
        for (int i = 0; i < rows.length; i++) {
            int row = i;
            rows[i] = Arrays.stream(maps[i]).flatMapToDouble(Arrays::stream).map(x -> row == zero ? 0 : x).toArray();
        }
        Array2DRowRealMatrix matrix = new Array2DRowRealMatrix(rows);
        return Arrays.stream(new SingularValueDecomposition(matrix).getSingularValues()).sum();
    }
}
