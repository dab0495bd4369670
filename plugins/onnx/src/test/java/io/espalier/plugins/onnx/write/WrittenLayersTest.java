package io.espalier.plugins.onnx.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.Clip;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.network.Network;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Each layer that a network may hold, at the end of a small one, so that its own result is what is compared. */
class WrittenLayersTest {

    private static final int CHANNELS = 6;
    /** Uneven, so that a padding on the wrong side and a swap of rows and columns both show. */
    private static final int HEIGHT = 9;
    private static final int WIDTH = 12;

    @TempDir
    private Path folder;

    /** A case by its name, so that a failure says which. */
    private record Case(String name, Network network) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Case> cases(Map<String, Network> networks) {
        return networks.entrySet().stream().map(e -> new Case(e.getKey(), e.getValue()));
    }

    private void agrees(Network network, String name) {
        Path file = Written.to(folder.resolve("network.onnx"), network);
        INDArray images = Networks.images(network, 3).mul(6);
        INDArray own = Written.own(network, images);
        INDArray theirs = OnnxRuntime.predict(file, images);
        assertThat(theirs.shape()).as(name).isEqualTo(own.shape());
        assertThat(Networks.difference(theirs, own)).as(name).isLessThan(1e-5);
    }

    private static GraphBuilder maps() {
        return Networks.builder().addLayer("maps", Networks.convolution(3, CHANNELS, 3, 1, Activation.IDENTITY), "in");
    }

    private static Network network(GraphBuilder builder) {
        return Networks.network(builder, new ImageShape(3, HEIGHT, WIDTH));
    }

    /** A layer on feature maps of both signs. */
    private static Network on(Layer... layers) {
        GraphBuilder builder = maps();
        String before = "maps";
        for (int i = 0; i < layers.length; i++) {
            String name = i == layers.length - 1 ? "out" : "layer" + i;
            builder.addLayer(name, layers[i], before);
            before = name;
        }
        return network(builder);
    }

    /** A layer on vectors of both signs. */
    private static Network onVectors(Layer layer) {
        return network(maps()
                .addLayer("dense", new DenseLayer.Builder().nOut(7).activation(new ActivationIdentity()).build(), "maps")
                .addLayer("out", layer, "dense"));
    }

    static Stream<IActivation> activations() {
        return Stream.of(
                new ActivationReLU(), new ActivationReLU(4.0, null, null), new ActivationReLU(4.0, null, 0.2), new ActivationReLU(null, 0.0, 0.1),
                new ActivationReLU6(), new ActivationLReLU(0.15), new ActivationThresholdedReLU(0.7),
                new ActivationSigmoid(), new ActivationHardSigmoid(), new ActivationSwish(), new ActivationTanH(), new ActivationHardTanH(),
                new ActivationRectifiedTanh(), new ActivationELU(0.8), new ActivationSELU(), new ActivationSoftPlus(), new ActivationSoftSign(),
                new ActivationMish(), new ActivationCube(), new ActivationGELU(), new ActivationGELU(true), new ActivationSoftmax(),
                new HardSigmoid(1.0 / 6, 0.5), new HardSwish(), new Clip(-0.5, 1.5), new Clip(0.3, Double.POSITIVE_INFINITY),
                new Clip(Double.NEGATIVE_INFINITY, 0.2));
    }

    @ParameterizedTest
    @MethodSource("activations")
    void anActivationIsTheSameAloneAndFused(IActivation activation) {
        String name = activation.getClass().getSimpleName() + " " + activation;
        agrees(on(new ActivationLayer(activation)), name + " alone");
        agrees(on(new ConvolutionLayer.Builder(3, 3).nIn(CHANNELS).nOut(4).activation(activation).build()), name + " in a convolution");
        agrees(onVectors(new DenseLayer.Builder().nOut(5).activation(activation).build()), name + " in a dense layer");
    }

    static Stream<Case> convolutions() {
        Map<String, Network> networks = new LinkedHashMap<>();
        networks.put("padded", on(new ConvolutionLayer.Builder(3, 5).padding(1, 2).nIn(CHANNELS).nOut(4).build()));
        networks.put("strided, rows and columns apart", on(new ConvolutionLayer.Builder(3, 2).stride(2, 3).padding(0, 1).nIn(CHANNELS).nOut(4).build()));
        networks.put("dilated", on(new ConvolutionLayer.Builder(3, 3).dilation(2, 3).padding(2, 1).nIn(CHANNELS).nOut(4).build()));
        for (int stride = 1; stride <= 4; stride++) {
            for (int kernel = stride; kernel <= 5; kernel++) {
                networks.put("same, kernel " + kernel + ", stride " + stride, on(new ConvolutionLayer.Builder(kernel, kernel)
                        .stride(stride, stride).convolutionMode(ConvolutionMode.Same).nIn(CHANNELS).nOut(4).build()));
            }
        }
        networks.put("same, dilated", on(new ConvolutionLayer.Builder(3, 3).dilation(2, 2)
                .convolutionMode(ConvolutionMode.Same).nIn(CHANNELS).nOut(4).build()));
        for (int groups : new int[] {2, 3}) {
            networks.put(groups + " groups", on(new GroupedConvolution(new ConvolutionLayer.Builder(3, 3).stride(2, 1).nIn(CHANNELS).nOut(12)
                    .convolutionMode(ConvolutionMode.Same).activation(new ActivationReLU()).build(), groups)));
        }
        networks.put("without bias", on(new ConvolutionLayer.Builder(3, 3).hasBias(false).nIn(CHANNELS).nOut(4).build()));
        for (int multiplier = 1; multiplier <= 3; multiplier++) {
            networks.put("depthwise times " + multiplier, on(new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(multiplier)
                    .stride(2, 2).convolutionMode(ConvolutionMode.Same).nIn(CHANNELS).nOut(CHANNELS * multiplier).build()));
        }
        networks.put("depthwise, padded", on(new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(2).padding(1, 0).nIn(CHANNELS)
                .nOut(CHANNELS * 2).hasBias(false).build()));
        networks.put("separable", on(new SeparableConvolution2D.Builder(3, 3).depthMultiplier(2).stride(2, 1)
                .convolutionMode(ConvolutionMode.Same).nIn(CHANNELS).nOut(5).activation(new ActivationTanH()).build()));
        networks.put("separable without bias", on(new SeparableConvolution2D.Builder(3, 3).padding(1, 1).nIn(CHANNELS).nOut(5).hasBias(false).build()));
        return cases(networks);
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void convolutionsAgree(Case layer) {
        agrees(layer.network(), layer.name());
    }

    private static SubsamplingLayer.Builder pool(SubsamplingLayer.PoolingType type, int kernel, int stride) {
        return new SubsamplingLayer.Builder(type).kernelSize(kernel, kernel).stride(stride, stride);
    }

    static Stream<Case> poolings() {
        Map<String, Network> networks = new LinkedHashMap<>();
        for (SubsamplingLayer.PoolingType type : new SubsamplingLayer.PoolingType[] {SubsamplingLayer.PoolingType.MAX, SubsamplingLayer.PoolingType.AVG}) {
            for (boolean counted : new boolean[] {true, false}) {
                String name = type + (counted ? ", padding counted" : ", padding not counted");
                networks.put(name + ", bare", on(pool(type, 2, 2).avgPoolIncludePadInDivisor(counted).build()));
                networks.put(name + ", padded", on(pool(type, 3, 2).padding(1, 1).avgPoolIncludePadInDivisor(counted).build()));
                networks.put(name + ", same", on(pool(type, 3, 2).convolutionMode(ConvolutionMode.Same).avgPoolIncludePadInDivisor(counted).build()));
                networks.put(name + ", same, even", on(pool(type, 4, 3).convolutionMode(ConvolutionMode.Same).avgPoolIncludePadInDivisor(counted).build()));
            }
        }
        networks.put("every other pixel", on(pool(SubsamplingLayer.PoolingType.MAX, 1, 2).build()));
        for (PoolingType type : new PoolingType[] {PoolingType.AVG, PoolingType.MAX, PoolingType.SUM}) {
            networks.put("global " + type, on(new GlobalPoolingLayer(type)));
            networks.put("global " + type + ", not collapsed", on(new GlobalPoolingLayer.Builder(type).collapseDimensions(false).build()));
        }
        return cases(networks);
    }

    @ParameterizedTest
    @MethodSource("poolings")
    void poolingsAgree(Case layer) {
        agrees(layer.network(), layer.name());
    }

    static Stream<Case> norms() {
        Map<String, Network> networks = new LinkedHashMap<>();
        networks.put("batch norm", on(new BatchNormalization.Builder().useLogStd(false).eps(0.01).build()));
        networks.put("batch norm, logarithm of the deviation", on(new BatchNormalization.Builder().useLogStd(true).build()));
        networks.put("batch norm, locked", on(new BatchNormalization.Builder().lockGammaBeta(true).gamma(1.5).beta(-0.3).useLogStd(false).build()));
        networks.put("batch norm of vectors", onVectors(new BatchNormalization.Builder().eps(0.01).build()));
        networks.put("affine", on(new ChannelAffine(CHANNELS)));
        networks.put("affine of vectors", onVectors(new ChannelAffine(7)));
        networks.put("local response", on(new LocalResponseNormalization.Builder().n(5).k(1.5).alpha(0.2).beta(0.6).build()));
        networks.put("slopes for each channel", on(new PReLULayer.Builder().inputShape(CHANNELS, HEIGHT, WIDTH).sharedAxes(2, 3).build()));
        return cases(networks);
    }

    @ParameterizedTest
    @MethodSource("norms")
    void normsAgree(Case layer) {
        agrees(layer.network(), layer.name());
    }

    static Stream<Case> paddings() {
        Map<String, Network> networks = new LinkedHashMap<>();
        ZeroPaddingLayer uneven = new ZeroPaddingLayer.Builder(1, 2, 0, 3).build();
        networks.put("zeros", on(uneven));
        networks.put("zeros before a convolution", on(uneven, new ConvolutionLayer.Builder(3, 3).padding(1, 0).nIn(CHANNELS).nOut(4).build()));
        networks.put("zeros before a convolution that pads to the same size", on(uneven,
                Networks.convolution(CHANNELS, 4, 3, 2, Activation.IDENTITY)));
        networks.put("zeros before a depthwise convolution", on(uneven,
                new DepthwiseConvolution2D.Builder(3, 3).nIn(CHANNELS).nOut(CHANNELS).build()));
        networks.put("zeros before a separable convolution", on(uneven,
                new SeparableConvolution2D.Builder(3, 3).nIn(CHANNELS).nOut(4).build()));
        ZeroPaddingLayer narrow = new ZeroPaddingLayer.Builder(1, 2, 0, 2).build();
        networks.put("zeros before a mean that does not count its own", on(narrow, pool(SubsamplingLayer.PoolingType.AVG, 3, 2).build()));
        networks.put("zeros before a mean that pads too", on(narrow, pool(SubsamplingLayer.PoolingType.AVG, 3, 2).padding(1, 1).build()));
        networks.put("zeros before a maximum of negative numbers", on(
                new ActivationLayer(new ActivationELU(-1)), narrow, pool(SubsamplingLayer.PoolingType.MAX, 3, 2).build()));
        ConstantPadding low = new ConstantPadding(new int[] {1, 2}, new int[] {0, 2}, new int[] {0, 0}, -Float.MAX_VALUE);
        networks.put("lowest numbers before a maximum", on(low, pool(SubsamplingLayer.PoolingType.MAX, 3, 2).build()));
        networks.put("lowest numbers before a maximum that pads too", on(low, pool(SubsamplingLayer.PoolingType.MAX, 3, 2).padding(1, 1).build()));
        networks.put("a constant", on(new ConstantPadding(new int[] {1, 2}, new int[] {0, 3}, new int[] {0, 0}, 0.7)));
        networks.put("a constant before a convolution", on(new ConstantPadding(new int[] {1, 2}, new int[] {0, 3}, new int[] {0, 0}, 0.7),
                new ConvolutionLayer.Builder(3, 3).nIn(CHANNELS).nOut(4).build()));
        networks.put("channels", on(new ConstantPadding(new int[] {0, 0}, new int[] {0, 1}, new int[] {2, 3}, 0)));
        networks.put("channels before a convolution", on(new ConstantPadding(new int[] {1, 1}, new int[] {1, 1}, new int[] {2, 3}, 0),
                new ConvolutionLayer.Builder(3, 3).nIn(CHANNELS + 5).nOut(4).build()));
        networks.put("zeros that two read", network(maps()
                .addLayer("zeros", uneven, "maps")
                .addLayer("left", new ConvolutionLayer.Builder(3, 3).nIn(CHANNELS).nOut(4).build(), "zeros")
                .addLayer("right", new ConvolutionLayer.Builder(3, 3).nIn(CHANNELS).nOut(4).build(), "zeros")
                .addVertex("out", new MergeVertex(), "left", "right")));
        networks.put("cropped", on(new Cropping2D(1, 2, 3, 0)));
        networks.put("repeated", on(new Upsampling2D.Builder().size(new int[] {2, 3}).build()));
        return cases(networks);
    }

    @ParameterizedTest
    @MethodSource("paddings")
    void paddingsAgree(Case layer) {
        agrees(layer.network(), layer.name());
    }

    /** A vertex over several feature maps of as many channels. */
    private static Network joined(int inputs, GraphVertex vertex) {
        GraphBuilder builder = Networks.builder();
        String[] names = new String[inputs];
        for (int i = 0; i < inputs; i++) {
            names[i] = "maps" + i;
            builder.addLayer(names[i], Networks.convolution(3, CHANNELS, 2 * i + 1, 1, Activation.IDENTITY), "in");
        }
        return network(builder.addVertex("out", vertex, names));
    }

    static Stream<Case> vertices() {
        Map<String, Network> networks = new LinkedHashMap<>();
        for (ElementWiseVertex.Op op : ElementWiseVertex.Op.values()) {
            networks.put(op + " of two", joined(2, new ElementWiseVertex(op)));
            if (op != ElementWiseVertex.Op.Subtract) {
                networks.put(op + " of three", joined(3, new ElementWiseVertex(op)));
            }
        }
        networks.put("gate for each number", joined(2, new Gate()));
        networks.put("gate for each channel", network(maps()
                .addLayer("squeezed", new GlobalPoolingLayer.Builder(PoolingType.AVG).collapseDimensions(false).build(), "maps")
                .addVertex("out", new Gate(), "maps", "squeezed")));
        networks.put("gate for each channel, as a vector", network(maps()
                .addLayer("squeezed", new GlobalPoolingLayer(PoolingType.AVG), "maps")
                .addVertex("out", new Gate(), "maps", "squeezed")));
        networks.put("gate for each place", network(maps()
                .addLayer("places", Networks.convolution(3, 1, 3, 1, Activation.SIGMOID), "in")
                .addVertex("out", new Gate(), "maps", "places")));
        networks.put("concatenation", joined(3, new MergeVertex()));
        networks.put("some channels", network(maps().addVertex("out", new SubsetVertex(1, 3), "maps")));
        networks.put("factor", network(maps().addVertex("out", new ScaleVertex(-1.7), "maps")));
        networks.put("shift", network(maps().addVertex("out", new ShiftVertex(0.4), "maps")));
        networks.put("flat", network(maps().addVertex("out", new PreprocessorVertex(new CnnToFeedForwardPreProcessor(HEIGHT, WIDTH, CHANNELS)), "maps")));
        networks.put("flat and back", network(maps()
                .addVertex("flat", new PreprocessorVertex(new CnnToFeedForwardPreProcessor(HEIGHT, WIDTH, CHANNELS)), "maps")
                .addVertex("out", new PreprocessorVertex(new FeedForwardToCnnPreProcessor(HEIGHT, WIDTH, CHANNELS)), "flat")));
        networks.put("dense without bias", onVectors(new DenseLayer.Builder().nOut(5).hasBias(false).activation(new ActivationSigmoid()).build()));
        return cases(networks);
    }

    @ParameterizedTest
    @MethodSource("vertices")
    void verticesAgree(Case layer) {
        agrees(layer.network(), layer.name());
    }
}
