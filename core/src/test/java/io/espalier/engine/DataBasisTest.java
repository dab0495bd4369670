package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.ResponseBasis;
import io.espalier.network.Responses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class DataBasisTest {

    private static final int IMAGES = 24;

    private static final DataBasis.Listener NOBODY = (layer, number, layers, images) -> {};

    static Stream<String> topologies() {
        return Networks.byName().keySet().stream();
    }

    /** Images whose neighbouring pixels are alike, as those of photographs are. */
    private static Split images(Network network) {
        return images(network, IMAGES);
    }

    private static Split images(Network network, int count) {
        ImageShape shape = network.preprocessing().input();
        Random random = new Random(Networks.SEED);
        List<byte[]> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] pixels = new byte[shape.length()];
            int value = random.nextInt(256);
            for (int p = 0; p < pixels.length; p++) {
                value = Math.floorMod(value + random.nextInt(41) - 20, 256);
                pixels[p] = (byte) value;
            }
            images.add(pixels);
        }
        return new Split(shape, images, new int[count]);
    }

    private static Network reduced(Network network, double energy) {
        return DataBasis.decompose(new Dl4jEngine(), network, images(network), energy, Map.of(), NOBODY);
    }

    private static INDArray predict(Network network, INDArray images) {
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            return program.predict(images);
        }
    }

    private static INDArray pixels(Network network) {
        var preprocessing = network.preprocessing();
        try (Batches batches = Batches.inOrder(
                        images(network), preprocessing.input().channels(), preprocessing.normalisation(), network.classes().size(), IMAGES);
                Batch batch = batches.next().orElseThrow()) {
            return batch.images().dup();
        }
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void withAllOfTheVarianceTheNetworkComputesWhatItComputedForAnyImageAndWithLessItHasFewerVectors(String name) {
        Network network = Networks.byName().get(name);
        Network decomposed = reduced(network, 1);
        INDArray unseen = Networks.images(network, 4);
        assertThat(Networks.difference(predict(decomposed, unseen), predict(network, unseen))).isLessThan(1e-4);
        assertThat(Cost.of(decomposed)).isEqualTo(Cost.of(network));
        assertThat(Decomposition.scalings(decomposed)).hasSameSizeAs(Decomposition.scalings(Decomposition.decompose(network)));

        Network less = reduced(network, 0.9);
        assertThat(ranks(less)).isLessThan(ranks(decomposed));
        assertThat(Networks.difference(predict(Decomposition.fold(less), unseen), predict(less, unseen))).isLessThan(1e-5);
        assertThat(Cost.of(Decomposition.fold(less))).isEqualTo(Cost.of(less));
    }

    private static long ranks(Network network) {
        return Decomposition.ranks(network).values().stream().mapToLong(Long::longValue).sum();
    }

    /** Outputs of a layer in double precision as one row for each image and place, [places, channels]. */
    private static double[][] responses(Network network, String layer) {
        INDArray maps = predict(ResponseBasis.observed(network, layer), pixels(network));
        return maps.permute(0, 2, 3, 1).dup('c').reshape('c', maps.length() / maps.size(1), maps.size(1)).castTo(DataType.DOUBLE).toDoubleMatrix();
    }

    private static double[] mean(double[][] rows) {
        double[] mean = new double[rows[0].length];
        for (double[] row : rows) {
            for (int c = 0; c < mean.length; c++) {
                mean[c] += row[c] / rows.length;
            }
        }
        return mean;
    }

    private static double squares(double[][] a, double[][] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int c = 0; c < a[i].length; c++) {
                double off = a[i][c] - b[i % b.length][c];
                sum += off * off;
            }
        }
        return sum;
    }

    /** What a decomposed layer gives before its activation, of the network as it is up to there. */
    private static double[][] reducedResponses(Network decomposed, String layer) {
        return responses(Decomposition.merge(decomposed), layer);
    }

    /** The convolution as it was, reading what the reduced layers before it give. */
    private static double[][] ownResponses(Network decomposed, Network original, String layer) {
        Network merged = Decomposition.merge(decomposed);
        return responses(merged.edit().replace(original.node(layer)).build(), layer);
    }

    @Test
    void eachLayerLosesNoMoreThanItsShareOfTheVarianceOfWhatItGivesForTheReducedLayersBeforeIt() {
        Network network = Networks.chain();
        Network decomposed = reduced(network, 0.95);
        for (Node scaling : Decomposition.scalings(decomposed)) {
            double[][] whole = ownResponses(decomposed, network, scaling.name());
            double[][] kept = reducedResponses(decomposed, scaling.name());
            double variance = squares(whole, new double[][] {mean(whole)});
            double lost = squares(whole, kept);
            assertThat(lost / variance).as(scaling.name()).isBetween(0.0, 0.05);
            // Its last vector was needed: without it more than the share is lost.
            double last = Math.pow(scaling.parameter(BasisScalingConvolution.SINGULAR_VALUES).getDouble(Decomposition.ranks(decomposed).get(scaling.name()) - 1), 2)
                    * whole.length;
            assertThat((lost + last) / variance).as(scaling.name()).isGreaterThan(0.05);
            for (int c = 0; c < whole[0].length; c++) {
                assertThat(mean(kept)[c]).isCloseTo(mean(whole)[c], within(1e-4));
            }
        }
    }

    /** The SVD is best for the kernel; for what comes out of it, no basis of the same rank is better than this one. */
    @Test
    void atTheSameRankItLosesLessThanTheSvdOfTheKernelDoes() {
        Network network = Networks.chain();
        String layer = "conv2";
        Network data = reduced(network, 0.9);
        long rank = Decomposition.ranks(data).get(layer);
        Network kernel = onlyThis(network, layer, rank);
        double[][] whole = responses(network, layer);
        Network only = dataOnly(network, layer, rank);
        assertThat(squares(whole, reducedResponses(only, layer))).isLessThan(squares(whole, reducedResponses(kernel, layer)));
    }

    private static Network onlyThis(Network network, String layer, long rank) {
        return Decomposition.decompose(network, Map.of(layer, rank));
    }

    private static Network dataOnly(Network network, String layer, long rank) {
        try (Responses responses = new Responses(network.node(layer).parameter("W").size(0))) {
            responses.add(predict(ResponseBasis.observed(network, layer), pixels(network)));
            return ResponseBasis.decompose(network, layer, responses, 1, rank);
        }
    }

    @Test
    void theSumsDoNotDependOnHowTheImagesComeInPieces() {
        INDArray maps = Nd4j.rand(DataType.FLOAT, 30, 6, 50, 40);
        try (Responses whole = new Responses(6); Responses pieces = new Responses(6)) {
            whole.add(maps);
            for (int i = 0; i < 30; i += 7) {
                pieces.add(maps.get(NDArrayIndex.interval(i, Math.min(30, i + 7))).dup());
            }
            assertThat(pieces.places()).isEqualTo(whole.places()).isEqualTo(30 * 50 * 40);
        }
    }

    @Test
    void aLayerThatGivesTheSameForEveryImageKeepsOneVector() {
        Network network = Networks.pooled();
        Node first = network.node("a");
        Network dead = network.edit().replace(first.with(Map.of("W", first.parameter("W").mul(0)))).build();
        Network decomposed = reduced(dead, 1);
        assertThat(Decomposition.ranks(decomposed)).containsEntry("a", 1L);
        INDArray images = pixels(dead);
        assertThat(Networks.difference(predict(decomposed, images), predict(dead, images))).isLessThan(1e-5);
    }

    @Test
    void itTellsHowFarItIs() {
        List<String> told = new ArrayList<>();
        Network network = Networks.pooled();
        DataBasis.decompose(new Dl4jEngine(), network, images(network, 40), 0.9, Map.of(),
                (layer, number, layers, seen) -> told.add(layer + " " + number + "/" + layers + " " + seen));
        assertThat(told).containsExactly("a 1/2 32", "a 1/2 40", "b 2/2 32", "b 2/2 40");
    }

    @Test
    void aLayerThatGivesNoNumbersIsNamed() {
        Network network = Networks.chain();
        String second = network.nodes().stream().filter(Decomposition::isPlainConvolution).skip(1).findFirst().orElseThrow().name();
        network.node(second).parameter("W").putScalar(0, Float.POSITIVE_INFINITY);
        assertThatThrownBy(() -> DataBasis.decompose(new Dl4jEngine(), network, images(network), 0.9, Map.of(), NOBODY))
                .isInstanceOf(DataBasis.NotFiniteException.class)
                .hasMessage("layer '" + second + "' gives values that are not finite for some of the images");
    }
}
