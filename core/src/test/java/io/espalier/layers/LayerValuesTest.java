package io.espalier.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What our layers compute, against numbers by hand and against DL4J's own layers put together. */
class LayerValuesTest {

    private static final double[] POINTS = {-4, -3, -2.75, -1, 0, 0.5, 2, 3, 5, 7};

    /** Values by the formulas of ONNX (HardSigmoid, HardSwish, Clip), worked out by hand at {@link #POINTS}. */
    static Stream<Arguments> activations() {
        return Stream.of(
                Arguments.of(new HardSigmoid(1.0 / 6, 0.5), new double[] {0, 0, 0.25 / 6, 1 / 3.0, 0.5, 3.5 / 6, 5 / 6.0, 1, 1, 1}),
                Arguments.of(new HardSigmoid(0.2, 0.5), new double[] {0, 0, 0, 0.3, 0.5, 0.6, 0.9, 1, 1, 1}),
                Arguments.of(new HardSwish(), new double[] {0, 0, -2.75 * 0.25 / 6, -1 / 3.0, 0, 1.75 / 6, 5 / 3.0, 3, 5, 7}),
                Arguments.of(new Clip(0, 6), new double[] {0, 0, 0, 0, 0, 0.5, 2, 3, 5, 6}),
                Arguments.of(new Clip(Double.NEGATIVE_INFINITY, 2), new double[] {-4, -3, -2.75, -1, 0, 0.5, 2, 2, 2, 2}),
                Arguments.of(new Clip(-1, Double.POSITIVE_INFINITY), new double[] {-1, -1, -1, -1, 0, 0.5, 2, 3, 5, 7}));
    }

    @ParameterizedTest
    @MethodSource("activations")
    void activationsAreThoseOfTheirFormulas(IActivation activation, double[] expected) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray values = Nd4j.createFromArray(POINTS).castTo(type);
            assertThat(activation.getActivation(values, true).toDoubleVector()).containsExactly(expected, within(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("activations")
    void theirGradientsAreTheirSlopes(IActivation activation, double[] ignored) {
        double step = 1e-6;
        // Away from the corners, where a slope is a matter of taste.
        INDArray points = Nd4j.createFromArray(new double[] {-4.1, -2.6, -2.4, -1.2, -0.4, 0.3, 1.7, 2.3, 4, 6.5});
        INDArray above = activation.getActivation(points.add(step), true);
        INDArray slopes = above.sub(activation.getActivation(points.sub(step), true)).div(2 * step);
        INDArray gradient = activation.backprop(points.dup(), Nd4j.valueArrayOf(points.shape(), 3.0, DataType.DOUBLE)).getFirst();
        assertThat(gradient.toDoubleVector()).containsExactly(slopes.mul(3).toDoubleVector(), within(1e-6));
    }

    @ParameterizedTest
    @MethodSource("activations")
    void activationsSurviveDl4jsJson(IActivation activation, double[] ignored) {
        ComputationGraphConfiguration configuration = Networks.builder()
                .addLayer("out", new ConvolutionLayer.Builder(1, 1).nIn(1).nOut(1).activation(activation).build(), "in")
                .setOutputs("out").build();
        ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(configuration.toJson());
        assertThat(((ConvolutionLayer) ((org.deeplearning4j.nn.conf.graph.LayerVertex) read.getVertices().get("out")).getLayerConf().getLayer())
                .getActivationFn()).isEqualTo(activation);
        assertThat(read.toJson()).isEqualTo(configuration.toJson());
    }

    @Test
    void anActivationThatIsNoneIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Clip(6, 0)).withMessageContaining("from 6.0 to 0.0");
        assertThatIllegalArgumentException().isThrownBy(() -> new Clip(Double.NaN, 0)).withMessageContaining("NaN");
        assertThatIllegalArgumentException().isThrownBy(() -> new HardSigmoid(Double.NaN, 0)).withMessageContaining("NaN");
    }

    /** The same as DL4J's convolutions of each range of channels, concatenated. */
    @ParameterizedTest
    @MethodSource("geometries")
    void aGroupedConvolutionIsOneConvolutionForEachGroup(ConvolutionLayer geometry) {
        Network grouped = Networks.network(Networks.builder()
                .addLayer("grouped", new GroupedConvolution(geometry, 3), "in")
                .addLayer("out", Networks.output(), "grouped"), new ImageShape(6, 9, 9));
        Node node = grouped.node("grouped");
        assertThat(node.parameter("W").shape()).containsExactly(12, 2, 3, 3);
        INDArray images = Networks.images(grouped, 3);
        INDArray expected = Nd4j.concat(1, Stream.of(0, 1, 2).map(group -> alone(geometry, node, group, images)).toArray(INDArray[]::new));
        assertThat(Networks.difference(grouped.graph().feedForward(images, false).get("grouped"), expected)).isLessThan(1e-5);
    }

    static Stream<ConvolutionLayer> geometries() {
        return Stream.of(
                Networks.convolution(6, 12, 3, 1, Activation.TANH),
                Networks.convolution(6, 12, 3, 2, Activation.RELU),
                new ConvolutionLayer.Builder(3, 3).stride(2, 1).padding(1, 0).nIn(6).nOut(12).activation(Activation.IDENTITY).build(),
                new ConvolutionLayer.Builder(3, 3).dilation(2, 2).padding(2, 2).nIn(6).nOut(12).activation(Activation.IDENTITY).build());
    }

    private static INDArray alone(ConvolutionLayer geometry, Node grouped, int group, INDArray images) {
        ConvolutionLayer own = geometry.clone();
        own.setNIn(2);
        own.setNOut(4);
        Network network = Networks.network(
                Networks.builder().addLayer("own", own, "in").addLayer("out", Networks.output(), "own"), new ImageShape(2, 9, 9));
        Map<String, INDArray> parameters = Map.of(
                "W", grouped.parameter("W").get(NDArrayIndex.interval(group * 4, group * 4 + 4)).dup('c'),
                "b", grouped.parameter("b").reshape(12).get(NDArrayIndex.interval(group * 4, group * 4 + 4)).dup('c'));
        INDArray read = images.get(NDArrayIndex.all(), NDArrayIndex.interval(group * 2, group * 2 + 2)).dup('c');
        return network.edit().replace(network.node("own").with(parameters)).build().graph().feedForward(read, false).get("own");
    }

    @Test
    void groupsThatDoNotDivideTheChannelsAreRefused() {
        ConvolutionLayer geometry = Networks.convolution(6, 12, 3, 1, Activation.RELU);
        assertThatIllegalArgumentException().isThrownBy(() -> new GroupedConvolution(geometry, 4))
                .withMessageContainingAll("from 6 to 12", "4 groups");
        assertThatThrownBy(() -> new GroupedConvolution(geometry, 3).getOutputType(0, InputType.convolutional(8, 8, 5)))
                .hasMessageContaining("reads 6 feature maps");
    }

    @Test
    void paddingPutsItsValueAroundAndLeavesWhatIsInside() {
        Network network = Networks.network(Networks.builder()
                .addLayer("padded", new ConstantPadding(new int[] {1, 0}, new int[] {0, 2}, new int[] {2, 1}, -7), "in")
                .addLayer("out", Networks.output(), "padded"), new ImageShape(1, 2, 2));
        INDArray images = Networks.images(network, 2);
        INDArray padded = network.graph().feedForward(images, false).get("padded");
        assertThat(padded.shape()).containsExactly(2, 4, 3, 4);
        for (int c = 0; c < 4; c++) {
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 4; x++) {
                    boolean inside = c == 2 && y >= 1 && x < 2;
                    assertThat(padded.getDouble(1, c, y, x)).isEqualTo(inside ? images.getDouble(1, 0, y - 1, x) : -7);
                }
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConstantPadding(new int[] {-1, 0}, new int[2], new int[2], 0)).withMessageContaining("[-1, 0]");
    }

    @Test
    void aGateIsAFactorForEachChannelOrEachPlace() {
        Network network = Networks.attention();
        INDArray images = Networks.images(network, 2);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            Map<String, INDArray> seen = program.observe(Set.of("maps-act", "more", "gated", "places", "placed"), images);
            for (int c = 0; c < 8; c++) {
                for (int y = 0; y < 8; y++) {
                    double gated = seen.get("maps-act").getDouble(1, c, y, 3) * seen.get("more").getDouble(1, c, 0, 0);
                    assertThat(seen.get("gated").getDouble(1, c, y, 3)).isCloseTo(gated, within(1e-6));
                    double placed = gated * seen.get("places").getDouble(1, 0, y, 3);
                    assertThat(seen.get("placed").getDouble(1, c, y, 3)).isCloseTo(placed, within(1e-6));
                }
            }
        }
    }

    @Test
    void aGateThatFitsNothingIsRefused() {
        InputType maps = InputType.convolutional(4, 4, 6);
        Gate gate = new Gate();
        assertThat(gate.getOutputType(0, maps, InputType.feedForward(6))).isEqualTo(maps);
        assertThat(gate.getOutputType(0, maps, InputType.convolutional(4, 4, 1))).isEqualTo(maps);
        for (InputType other : List.of(InputType.feedForward(5), InputType.convolutional(1, 1, 5), InputType.convolutional(2, 4, 1))) {
            assertThatThrownBy(() -> gate.getOutputType(0, maps, other)).isInstanceOf(InvalidInputTypeException.class);
        }
    }

    /** Multiplier 2: DL4J keeps [k_h, k_w, c_in, 2], and output 2 c + m is channel c by kernel m. */
    @Test
    void aDepthwiseConvolutionPutsTheOutputsOfAChannelSideBySide() {
        Network network = Networks.invertedResiduals();
        INDArray kernels = network.node("c").parameter("W");
        assertThat(kernels.shape()).containsExactly(5, 5, 5, 2);
        INDArray images = Networks.images(network, 1);
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            Map<String, INDArray> seen = program.observe(Set.of("b3-norm", "c"), images);
            INDArray read = seen.get("b3-norm");
            for (int c = 0; c < 5; c++) {
                for (int m = 0; m < 2; m++) {
                    double sum = 0;
                    for (int y = 0; y < 3; y++) {
                        for (int x = 0; x < 3; x++) {
                            sum += read.getDouble(0, c, y, x) * kernels.getDouble(y + 2, x + 2, c, m);
                        }
                    }
                    assertThat(seen.get("c").getDouble(0, 2 * c + m, 0, 0)).isCloseTo(sum, within(1e-4));
                }
            }
        }
    }

    /** {@code INDArray.get} gives nothing at all for the second half of this view. */
    @Test
    void partsOfAViewAreItsParts() {
        INDArray buffer = Nd4j.arange(40).castTo(DataType.FLOAT);
        INDArray view = Views.part(buffer, 0, 10, 24).reshape(4, 3, 2);
        assertThat(Views.part(view, 0, 2, 2).dup('c').data().asFloat()).containsExactly(22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33);
        assertThat(Views.part(view, 1, 0, 2, 2).dup('c').data().asFloat()).containsExactly(10, 11, 14, 15, 16, 17, 20, 21, 22, 23, 26, 27, 28, 29, 32, 33);
        Views.part(view, 2, 1, 1).assign(-1);
        assertThat(buffer.getDouble(33)).isEqualTo(-1);
        assertThat(buffer.getDouble(34)).isEqualTo(34);
        assertThatIllegalArgumentException().isThrownBy(() -> Views.part(view, 0, 3, 2)).withMessageContaining("2 slices from 3");
    }

    @Test
    void theTypesOfOutputsAreTheShapesOfOutputs() {
        Networks.byName().forEach((name, network) -> {
            Map<String, INDArray> values = network.graph().feedForward(Networks.images(network, 2), false);
            network.outputTypes().forEach((node, type) ->
                    assertThat(type.getShape()).as("%s of %s", node, name).isEqualTo(withoutBatch(values.get(node).shape())));
        });
    }

    private static long[] withoutBatch(long[] shape) {
        long[] rest = new long[shape.length - 1];
        System.arraycopy(shape, 1, rest, 0, rest.length);
        return rest;
    }

    @Test
    void aLayerThatIsGivenOtherThanItReadsIsNamedBeforeAnythingRuns() {
        Network network = Networks.inception();
        Node first = new Node("first", new SubsetVertex(0, 7), List.of("concat"), Map.of());
        Network cut = network.edit().replace(first).build();
        assertThatIllegalArgumentException().isThrownBy(cut::outputTypes)
                .withMessageContainingAll("'out'", "OutputLayer", "reads 22 numbers", "given 20");
        Network uneven = network.edit().replace(new Node("swapped", new MergeVertex(), List.of("stem", "in"), Map.of())).build();
        assertThatIllegalArgumentException().isThrownBy(uneven::outputTypes)
                .withMessageContainingAll("'swapped'", "MergeVertex", "several sizes");
    }

    @Test
    void memoryReportsCountTheirParameters() {
        for (Network network : List.of(Networks.grouped(), Networks.shortcutOfZeros(), Networks.attention())) {
            ImageShape shape = network.preprocessing().input();
            InputType input = InputType.convolutional(shape.height(), shape.width(), shape.channels());
            String bytes = String.format(Locale.ROOT, "- PARAMETERS %,d bytes", Float.BYTES * network.graph().numParams());
            assertThat(network.configuration().getMemoryReport(input).toString().replaceAll(" +", " ")).contains(bytes);
        }
    }
}
