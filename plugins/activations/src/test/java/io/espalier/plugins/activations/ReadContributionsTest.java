package io.espalier.plugins.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What units add to an output makes, summed, that output as DL4J computes it. */
class ReadContributionsTest {

    private static final int IMAGES = 3;
    private static final int EACH = 40;

    static List<Layer> readers() {
        ConvolutionLayer.Builder plain = new ConvolutionLayer.Builder(3, 3).nIn(6).nOut(4).activation(Activation.IDENTITY).hasBias(false);
        return List.of(
                plain.build(),
                new ConvolutionLayer.Builder(3, 5).nIn(6).nOut(4).activation(Activation.IDENTITY).hasBias(false).padding(1, 2).stride(2, 1).build(),
                new ConvolutionLayer.Builder(3, 3).nIn(6).nOut(4).activation(Activation.IDENTITY).hasBias(false)
                        .padding(2, 1).dilation(2, 1).build(),
                new ConvolutionLayer.Builder(3, 3).nIn(6).nOut(4).activation(Activation.IDENTITY).hasBias(false)
                        .dilation(1, 2).convolutionMode(ConvolutionMode.Same).build(),
                new ConvolutionLayer.Builder(2, 2).nIn(6).nOut(4).activation(Activation.IDENTITY).hasBias(false)
                        .stride(2, 2).convolutionMode(ConvolutionMode.Same).build(),
                new DenseLayer.Builder().nOut(4).activation(Activation.IDENTITY).hasBias(false).build());
    }

    @ParameterizedTest
    @MethodSource("readers")
    void theirSumIsTheOutput(Layer reader) {
        var builder = Networks.builder()
                .addLayer("maker", Networks.convolution(3, 6, 3, 1, Activation.RELU), "in")
                .addLayer("reader", reader, "maker");
        if (reader instanceof ConvolutionLayer) {
            builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "reader").addLayer("out", Networks.output(), "global");
        } else {
            builder.addLayer("out", Networks.output(), "reader");
        }
        Network network = Networks.network(builder, new ImageShape(3, 9, 8));
        UnitGroup group = Channels.groups(network).stream().filter(g -> g.name().equals("maker")).findFirst().orElseThrow();
        UnitGroup.Member member = group.members().stream().filter(m -> m.role() == UnitGroup.Role.READER).findFirst().orElseThrow();
        Map<String, INDArray> values = network.graph().feedForward(Networks.images(network, IMAGES), false);
        INDArray output = values.get("reader");

        double[] sums = Arrays.stream(new ReadContributions(member, network).sample(values.get("maker"), EACH, new Random(Networks.SEED)))
                .mapToDouble(contributions -> Arrays.stream(contributions).sum())
                .toArray();

        // The same places, drawn again.
        Random random = new Random(Networks.SEED);
        double[] expected = IntStream.range(0, IMAGES * EACH).mapToDouble(i -> {
            long[] place = new long[output.rank()];
            place[0] = i / EACH;
            for (int dimension = 1; dimension < place.length; dimension++) {
                place[dimension] = random.nextInt((int) output.size(dimension));
            }
            return output.getDouble(place);
        }).toArray();
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertThat(sums).containsExactly(expected, within(1e-5 * largest));
    }
}
