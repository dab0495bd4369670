package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.GroupedConvolution;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CostTest {

    /** VGG16's convolutions at 224x224 by hand: kernel, c_in, c_out, output height, output width. */
    private static final long[][] VGG16_CONVOLUTIONS = {
        {3, 3, 64, 224, 224}, {3, 64, 64, 224, 224},
        {3, 64, 128, 112, 112}, {3, 128, 128, 112, 112},
        {3, 128, 256, 56, 56}, {3, 256, 256, 56, 56}, {3, 256, 256, 56, 56},
        {3, 256, 512, 28, 28}, {3, 512, 512, 28, 28}, {3, 512, 512, 28, 28},
        {3, 512, 512, 14, 14}, {3, 512, 512, 14, 14}, {3, 512, 512, 14, 14},
    };

    /** Its dense layers, by hand: in, out. */
    private static final long[][] VGG16_DENSE = {{25088, 4096}, {4096, 4096}, {4096, 1000}};

    /** ResNet-20's convolutions at 32x32, by hand, with strided 1x1 projections as shortcuts (option B of He et al., 2016). */
    private static final long[][] RESNET20_CONVOLUTIONS = {
        {3, 3, 16, 32, 32},
        {3, 16, 16, 32, 32}, {3, 16, 16, 32, 32}, {3, 16, 16, 32, 32}, {3, 16, 16, 32, 32}, {3, 16, 16, 32, 32}, {3, 16, 16, 32, 32},
        {3, 16, 32, 16, 16}, {3, 32, 32, 16, 16}, {1, 16, 32, 16, 16},
        {3, 32, 32, 16, 16}, {3, 32, 32, 16, 16}, {3, 32, 32, 16, 16}, {3, 32, 32, 16, 16},
        {3, 32, 64, 8, 8}, {3, 64, 64, 8, 8}, {1, 32, 64, 8, 8},
        {3, 64, 64, 8, 8}, {3, 64, 64, 8, 8}, {3, 64, 64, 8, 8}, {3, 64, 64, 8, 8},
    };

    static List<Network> networks() {
        return Networks.all();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void parametersAreDl4jsLessTheStatisticsOfBatchNorms(Network network) {
        assertThat(Cost.of(network).parameters()).isEqualTo(parametersByDl4j(network));
    }

    private static long parametersByDl4j(Network network) {
        ComputationGraph graph = network.graph();
        long statistics = Arrays.stream(graph.getLayers())
                .filter(layer -> layer.conf().getLayer() instanceof BatchNormalization)
                .mapToLong(layer -> layer.numParams() / 2)
                .sum();
        return graph.numParams() - statistics;
    }

    @Test
    void vgg16AsPublishedHas138MillionParametersAnd31GigaFlops() {
        Cost cost = Cost.of(vgg16(224, true));
        assertThat(cost.parameters()).isEqualTo(138_357_544);
        assertThat(cost.flops()).isEqualTo(2 * 15_470_264_320L);
        long dense = Arrays.stream(VGG16_DENSE).mapToLong(d -> d[0] * d[1]).sum();
        long denseBiases = Arrays.stream(VGG16_DENSE).mapToLong(d -> d[1]).sum();
        assertThat(cost.flops()).isEqualTo(2 * (multiplications(VGG16_CONVOLUTIONS, 1) + dense));
        assertThat(cost.parameters()).isEqualTo(weights(VGG16_CONVOLUTIONS) + outputs(VGG16_CONVOLUTIONS) + dense + denseBiases);
    }

    @Test
    void vgg16WithoutItsTopAt32x32CostsWhatTheTableSays() {
        Cost cost = Cost.of(vgg16(32, false));
        // A global pooling and five classes are put on top.
        assertThat(cost.parameters()).isEqualTo(14_714_688 + 512 * 5 + 5);
        assertThat(cost.parameters()).isEqualTo(weights(VGG16_CONVOLUTIONS) + outputs(VGG16_CONVOLUTIONS) + 512 * 5 + 5);
        // Each side is a seventh of the published one.
        assertThat(cost.flops()).isEqualTo(2 * (multiplications(VGG16_CONVOLUTIONS, 49) + 512 * 5));
    }

    /** 272,474 parameters are those of the published one with option B; option A's shortcuts of zeros cost 2,752 less. */
    @Test
    void resnet20CostsWhatTheTableSays() {
        Network network = resnet(3, false);
        Cost cost = Cost.of(network);
        long norms = 2 * outputs(RESNET20_CONVOLUTIONS);
        long head = 64 * 10 + 10;
        assertThat(cost.parameters()).isEqualTo(weights(RESNET20_CONVOLUTIONS) + norms + head).isEqualTo(272_474);
        assertThat(cost.parameters()).isEqualTo(parametersByDl4j(network));
        assertThat(cost.flops()).isEqualTo(2 * (multiplications(RESNET20_CONVOLUTIONS, 1) + 64 * 10)).isEqualTo(2 * 40_813_184);
    }

    /**
     * CIFAR ResNets with shortcuts of zeros (option A of He et al., 2016), by hand: kernel, c_in, c_out, output height, output
     * width, how often with 3 and with 9 blocks a stage.
     */
    private static final long[][] OPTION_A = {
        {3, 3, 16, 32, 32, 1, 1},
        {3, 16, 16, 32, 32, 6, 18},
        {3, 16, 32, 16, 16, 1, 1}, {3, 32, 32, 16, 16, 5, 17},
        {3, 32, 64, 8, 8, 1, 1}, {3, 64, 64, 8, 8, 5, 17},
    };

    /** The totals are those that their users count: 0.27 and 0.85 million parameters, 40.55 and 125.49 million multiplications. */
    @Test
    void shortcutsOfZerosCostNothing() {
        Cost twenty = Cost.of(resnet(3, true));
        assertThat(twenty.parameters()).isEqualTo(optionA(5, false) + 64 * 10 + 10).isEqualTo(269_722);
        assertThat(twenty.flops()).isEqualTo(2 * (optionA(5, true) + 64 * 10)).isEqualTo(2 * 40_551_040L);
        Cost fiftySix = Cost.of(resnet(9, true));
        assertThat(fiftySix.parameters()).isEqualTo(optionA(6, false) + 64 * 10 + 10).isEqualTo(853_018);
        assertThat(fiftySix.flops()).isEqualTo(2 * (optionA(6, true) + 64 * 10)).isEqualTo(2 * 125_485_696L);
    }

    /** @param multiplications of the kernels, or their numbers and two for each batch-normed channel */
    private static long optionA(int times, boolean multiplications) {
        return Arrays.stream(OPTION_A)
                .mapToLong(t -> t[times] * (multiplications ? t[0] * t[0] * t[1] * t[2] * t[3] * t[4] : t[0] * t[0] * t[1] * t[2] + 2 * t[2]))
                .sum();
    }

    /** The third block of MobileNetV2 at 224x224: 24 channels, six times as many inside, 56x56 pixels. Source: Sandler et al., 2018. */
    @Test
    void anInvertedResidualCostsWhatTheTableSays() {
        GraphBuilder builder = Networks.builder();
        String wide = normalised(builder, "expand", 24, 144, 1, 1, "in", true);
        builder.addLayer("depth", new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(1).nIn(144).nOut(144).hasBias(false)
                        .convolutionMode(ConvolutionMode.Same).activation(Activation.IDENTITY).build(), wide)
                .addLayer("depthnorm", new BatchNormalization.Builder().nIn(144).nOut(144).build(), "depth");
        builder.addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), normalised(builder, "project", 144, 24, 1, 1, "depthnorm", false), "in");
        Cost cost = block(builder, "sum", 24, 56);
        assertThat(cost.parameters()).isEqualTo(24 * 144 + 9 * 144 + 144 * 24 + 2 * (144 + 144 + 24)).isEqualTo(8_832);
        assertThat(cost.flops()).isEqualTo(2 * 56 * 56 * (24 * 144 + 9 * 144 + 144 * 24)).isEqualTo(2 * 25_740_288);
    }

    /** The first layer of DenseNet-121 at 224x224 and its first transition, both at 56x56. Source: Huang et al., 2017. */
    @Test
    void aDenseLayerAndATransitionCostWhatTheTableSays() {
        GraphBuilder builder = Networks.builder()
                .addLayer("norm1", new BatchNormalization.Builder().nIn(64).nOut(64).build(), "in")
                .addLayer("relu1", new ActivationLayer(Activation.RELU), "norm1");
        builder.addLayer("grow", unbiased(128, 32, 3), normalised(builder, "narrow", 64, 128, 1, 1, "relu1", true))
                .addVertex("concat", new MergeVertex(), "in", "grow")
                .addLayer("norm2", new BatchNormalization.Builder().nIn(96).nOut(96).build(), "concat")
                .addLayer("relu2", new ActivationLayer(Activation.RELU), "norm2")
                .addLayer("half", unbiased(96, 48, 1), "relu2")
                .addLayer("pool", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(2, 2).stride(2, 2).build(), "half");
        Cost cost = block(builder, "pool", 64, 56);
        assertThat(cost.parameters()).isEqualTo(45_440 + 2 * 96 + 96 * 48).isEqualTo(2 * 64 + 64 * 128 + 2 * 128 + 9 * 128 * 32 + 2 * 96 + 96 * 48);
        assertThat(cost.flops()).isEqualTo(2 * 56 * 56 * (64 * 128 + 9 * 128 * 32 + 96 * 48));
    }

    /** ResNeXt-50's 3x3 convolution with 32 groups at 56x56: each of 128 channels reads four. Source: Xie et al., 2017. */
    @Test
    void aGroupedConvolutionCostsWhatItsGroupsRead() {
        GraphBuilder builder = Networks.builder().addLayer("grouped", new GroupedConvolution(unbiased(128, 128, 3), 32), "in");
        Cost cost = block(builder, "grouped", 128, 56);
        assertThat(cost).isEqualTo(new Cost(128 * 4 * 9, 2 * 56 * 56 * 128 * 4 * 9));
    }

    /** Of a block alone: global pooling and five classes are put on top and taken off the cost. */
    private static Cost block(GraphBuilder builder, String last, int channels, int pixels) {
        builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), last).addLayer("out", Networks.output(), "global");
        Network network = Networks.network(builder, new ImageShape(channels, pixels, pixels));
        long read = network.node("out").parameter("W").size(0);
        return Cost.of(network).plus(new Cost(-Networks.CLASSES * (read + 1), -2 * Networks.CLASSES * read));
    }

    private static ConvolutionLayer unbiased(int in, int out, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel).convolutionMode(ConvolutionMode.Same).nIn(in).nOut(out).hasBias(false)
                .activation(Activation.IDENTITY).build();
    }

    private static long weights(long[][] table) {
        return Arrays.stream(table).mapToLong(t -> t[0] * t[0] * t[1] * t[2]).sum();
    }

    private static long outputs(long[][] table) {
        return Arrays.stream(table).mapToLong(t -> t[2]).sum();
    }

    private static long multiplications(long[][] table, long areaDivisor) {
        return Arrays.stream(table).mapToLong(t -> t[0] * t[0] * t[1] * t[2] * (t[3] * t[4] / areaDivisor)).sum();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aDecomposedLayerCostsTheLessOfItsHalvesAndTheWhole(Network network) {
        Network decomposed = Decomposition.decompose(network);
        for (UnitGroup group : BasisVectors.groups(decomposed, Map.of())) {
            INDArray kernels = network.node(group.name()).parameter("W");
            long n = kernels.length() / kernels.size(0);
            long channels = kernels.size(0);
            InputType.InputTypeConvolutional maps = (InputType.InputTypeConvolutional) network.outputTypes().get(group.name());
            long pixels = maps.getHeight() * maps.getWidth();
            for (int kept = 1; kept <= group.size(); kept++) {
                Network pruned = kept == group.size() ? decomposed : keepFirst(decomposed, group, kept);
                long weights = Math.min(kept * (n + channels), n * channels);
                Cost whole = Cost.of(network);
                assertThat(Cost.of(pruned)).as("%d vectors of '%s'", kept, group.name())
                        .isEqualTo(whole.plus(new Cost(weights - n * channels, 2 * pixels * (weights - n * channels))));
                assertThat(group.footprint().of(Map.of(group.name(), kept))).isEqualTo(new Cost(weights, 2 * pixels * weights));
            }
        }
    }

    private static Network keepFirst(Network decomposed, UnitGroup group, int kept) {
        List<Integer> gone = IntStream.range(kept, group.size()).boxed().toList();
        PruningPlan.Removal removal = new PruningPlan.Removal(group.name(), group.kind(), group.size(), gone, 0, 0);
        return Surgeon.apply(new PruningPlan("first", List.of(removal), Map.of()), decomposed);
    }

    /** VGG16 as DL4J understands it; its tensors are never filled, since only their shapes are counted. */
    private static Network vgg16(int size, boolean top) {
        GraphBuilder builder = Networks.builder();
        Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();
        String below = "in";
        int in = 3;
        int number = 0;
        for (int width : new int[] {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}) {
            String name = "layer" + ++number;
            if (width == 0) {
                builder.addLayer(name, new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .kernelSize(2, 2).stride(2, 2).build(), below);
            } else {
                builder.addLayer(name, Networks.convolution(in, width, 3, 1, Activation.RELU), below);
                parameters.put(name, tensors(new long[] {width, in, 3, 3}, width));
                in = width;
            }
            below = name;
        }
        if (top) {
            int[] widths = {512 * (size / 32) * (size / 32), 4096, 4096, 1000};
            for (int i = 1; i < widths.length; i++) {
                String name = i == 3 ? "out" : "dense" + i;
                FeedForwardLayer layer = i == 3
                        ? new OutputLayer.Builder().nIn(widths[2]).nOut(widths[3]).activation(Activation.SOFTMAX).build()
                        : new DenseLayer.Builder().nIn(widths[i - 1]).nOut(widths[i]).activation(Activation.RELU).build();
                builder.addLayer(name, layer, below);
                parameters.put(name, tensors(new long[] {widths[i - 1], widths[i]}, widths[i]));
                below = name;
            }
        } else {
            builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), below).addLayer("out", Networks.output(), "global");
            parameters.put("out", tensors(new long[] {512, Networks.CLASSES}, Networks.CLASSES));
        }
        var configuration = builder.setOutputs("out").setInputTypes(InputType.convolutional(size, size, 3)).build();
        Preprocessing preprocessing = new Preprocessing(new ImageShape(3, size, size), Fit.PAD, Normalisation.CAFFE);
        return Network.of(configuration, parameters, preprocessing, List.of());
    }

    private static Map<String, INDArray> tensors(long[] weights, long biases) {
        return Map.of("W", Nd4j.createUninitialized(DataType.FLOAT, weights), "b", Nd4j.createUninitialized(DataType.FLOAT, 1, biases));
    }

    /**
     * A ResNet for CIFAR. Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2016.
     *
     * @param blocks in each of its three stages
     * @param zeros whether shortcuts that change shape are slices with channels of zeros, or 1x1 convolutions
     */
    private static Network resnet(int blocks, boolean zeros) {
        GraphBuilder builder = Networks.builder();
        String below = normalised(builder, "stem", 3, 16, 3, 1, "in", true);
        int in = 16;
        for (int stage = 0; stage < 3; stage++) {
            int width = 16 << stage;
            for (int block = 0; block < blocks; block++) {
                String name = "stage" + stage + "block" + block;
                int stride = in == width ? 1 : 2;
                String first = normalised(builder, name + "a", in, width, 3, stride, below, true);
                String second = normalised(builder, name + "b", width, width, 3, 1, first, false);
                String shortcut = in == width ? below
                        : zeros ? padded(builder, name + "p", in / 2, below) : normalised(builder, name + "p", in, width, 1, stride, below, false);
                builder.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), second, shortcut);
                below = name + "relu";
                builder.addLayer(below, new ActivationLayer(Activation.RELU), name);
                in = width;
            }
        }
        builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), below)
                .addLayer("out", new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build(), "global");
        return Networks.network(builder, new ImageShape(3, 32, 32));
    }

    private static String padded(GraphBuilder builder, String name, int channels, String below) {
        builder.addLayer(name + "slice", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(1, 1).stride(2, 2).build(), below)
                .addLayer(name, new ConstantPadding(new int[2], new int[2], new int[] {channels, channels}, 0), name + "slice");
        return name;
    }

    private static String normalised(GraphBuilder builder, String name, int in, int out, int kernel, int stride, String below, boolean relu) {
        ConvolutionLayer convolution = new ConvolutionLayer.Builder(kernel, kernel)
                .stride(stride, stride).convolutionMode(ConvolutionMode.Same).nIn(in).nOut(out).hasBias(false)
                .activation(Activation.IDENTITY).build();
        builder.addLayer(name, convolution, below)
                .addLayer(name + "norm", new BatchNormalization.Builder().nIn(out).nOut(out).build(), name);
        if (relu) {
            builder.addLayer(name + "relu", new ActivationLayer(Activation.RELU), name + "norm");
        }
        return name + (relu ? "relu" : "norm");
    }
}
