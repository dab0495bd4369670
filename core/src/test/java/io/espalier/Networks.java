package io.espalier;

import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.layers.Clip;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Small random networks of several topologies, the same in every test. */
public final class Networks {

    public static final long SEED = 20260101;
    public static final int CLASSES = 5;

    private Networks() {}

    /** Convolutions, pooling, batch norm, flatten, dense. */
    public static Network chain() {
        GraphBuilder builder = builder()
                .addLayer("conv1", convolution(3, 8, 3, 1, Activation.RELU), "in")
                .addLayer("conv2", convolution(8, 12, 3, 1, Activation.IDENTITY), "conv1")
                .addLayer("norm2", new BatchNormalization.Builder().nIn(12).nOut(12).build(), "conv2")
                .addLayer("relu2", new ActivationLayer(Activation.RELU), "norm2")
                .addLayer("pool2", pool(), "relu2")
                .addLayer("conv3", convolution(12, 10, 5, 2, Activation.TANH), "pool2")
                .addLayer("dense", new DenseLayer.Builder().nOut(16).activation(Activation.RELU).build(), "conv3")
                .addLayer("out", output(), "dense");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** Ends in global pooling, images of one channel, explicit padding, no batch norm. */
    public static Network pooled() {
        GraphBuilder builder = builder()
                .addLayer("a", new ConvolutionLayer.Builder(3, 3).padding(1, 1).nIn(1).nOut(6).activation(Activation.RELU).build(), "in")
                .addLayer("pool", pool(), "a")
                .addLayer("b", new ConvolutionLayer.Builder(3, 3).padding(1, 1).nIn(6).nOut(9).activation(Activation.LEAKYRELU).build(), "pool")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "b")
                .addLayer("out", output(), "global");
        return network(builder, new ImageShape(1, 8, 8));
    }

    /** VGG style with all that a chain may carry: batch norm, leaky activation, padding of its own, dropout, flatten, dense. */
    public static Network vgg() {
        GraphBuilder builder = builder()
                .addLayer("block1", convolution(3, 10, 3, 1, Activation.IDENTITY), "in")
                .addLayer("norm1", new BatchNormalization.Builder().nIn(10).nOut(10).build(), "block1")
                .addLayer("leaky1", new ActivationLayer(Activation.LEAKYRELU), "norm1")
                .addLayer("padding1", new ZeroPaddingLayer.Builder(1, 1).build(), "leaky1")
                .addLayer("block2", new ConvolutionLayer.Builder(3, 3).nIn(10).nOut(14).hasBias(false)
                        .activation(Activation.RELU).build(), "padding1")
                .addLayer("dropout2", new DropoutLayer(0.8), "block2")
                .addLayer("pool2", pool(), "dropout2")
                .addLayer("block3", convolution(14, 6, 3, 1, Activation.RELU), "pool2")
                .addLayer("dense", new DenseLayer.Builder().nOut(12).activation(Activation.RELU).build(), "block3")
                .addLayer("out", output(), "dense");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** Two residual blocks with batch norm, the second with a strided projection, and a concatenation at the end. */
    public static Network residual() {
        GraphBuilder builder = builder()
                .addLayer("stem", convolution(3, 8, 3, 1, Activation.RELU), "in")
                .addLayer("c1", convolution(8, 8, 3, 1, Activation.IDENTITY), "stem")
                .addLayer("n1", new BatchNormalization.Builder().nIn(8).nOut(8).build(), "c1")
                .addVertex("add1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "n1", "stem")
                .addLayer("r1", new ActivationLayer(Activation.RELU), "add1")
                .addLayer("n2", new BatchNormalization.Builder().nIn(8).nOut(8).build(), "r1")
                .addLayer("c2", convolution(8, 12, 3, 2, Activation.IDENTITY), "n2")
                .addLayer("p2", convolution(8, 12, 1, 2, Activation.IDENTITY), "r1")
                .addVertex("add2", new ElementWiseVertex(ElementWiseVertex.Op.Add), "c2", "p2")
                .addLayer("c3", convolution(12, 4, 1, 1, Activation.RELU), "add2")
                .addVertex("concat", new MergeVertex(), "add2", "c3")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "concat")
                .addLayer("out", output(), "global");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** An inverted residual: pointwise, depthwise, pointwise. */
    public static Network depthwise() {
        GraphBuilder builder = builder()
                .addLayer("expand", convolution(3, 12, 1, 1, Activation.RELU6), "in")
                .addLayer("depth", new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(1).nIn(12).nOut(12)
                        .convolutionMode(ConvolutionMode.Same).activation(Activation.RELU6).build(), "expand")
                .addLayer("project", convolution(12, 6, 1, 1, Activation.IDENTITY), "depth")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), "project")
                .addLayer("out", output(), "global");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** Residual block that halves the maps and doubles the channels; its shortcut takes every other pixel and adds channels of zeros. */
    public static Network shortcutOfZeros() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", convolution(3, 6, 3, 1, Activation.IDENTITY), "in", Activation.RELU);
        String first = normalised(builder, "a1", convolution(6, 6, 3, 1, Activation.IDENTITY), stem, Activation.RELU);
        String second = normalised(builder, "a2", convolution(6, 6, 3, 1, Activation.IDENTITY), first, null);
        String block = sum(builder, "a", second, stem);
        String down = normalised(builder, "b1", unbiased(6, 12, 3, 2, 1), block, Activation.RELU);
        String last = normalised(builder, "b2", unbiased(12, 12, 3, 1, 1), down, null);
        builder.addLayer("slice", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(1, 1).stride(2, 2).build(), block)
                .addLayer("zeros", new ConstantPadding(new int[2], new int[2], new int[] {3, 3}, 0), "slice");
        return pooledAndSoftmax(builder, sum(builder, "b", last, "zeros"), new ImageShape(3, 8, 8));
    }

    /** Two residual blocks, the second with a strided 1x1 convolution and a batch norm as shortcut. */
    public static Network projection() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", unbiased(3, 6, 3, 1, 1), "in", Activation.RELU);
        String first = normalised(builder, "a1", unbiased(6, 6, 3, 1, 1), stem, Activation.RELU);
        String block = sum(builder, "a", normalised(builder, "a2", unbiased(6, 6, 3, 1, 1), first, null), stem);
        String down = normalised(builder, "b1", unbiased(6, 10, 3, 2, 1), block, Activation.RELU);
        String last = normalised(builder, "b2", unbiased(10, 10, 3, 1, 1), down, null);
        String shortcut = normalised(builder, "project", unbiased(6, 10, 1, 2, 0), block, null);
        return pooledAndSoftmax(builder, sum(builder, "b", last, shortcut), new ImageShape(3, 8, 8));
    }

    /** ResNet-50 style: overlapping pooling after a 7x7 stem, then 1x1, strided 3x3, 1x1 beside a projection. */
    public static Network bottleneck() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", unbiased(3, 6, 7, 2, 3), "in", Activation.RELU);
        builder.addLayer("pool", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                .kernelSize(3, 3).stride(2, 2).padding(1, 1).build(), stem);
        String narrow = normalised(builder, "reduce", unbiased(6, 4, 1, 1, 0), "pool", Activation.RELU);
        String middle = normalised(builder, "middle", unbiased(4, 4, 3, 2, 1), narrow, Activation.RELU);
        String wide = normalised(builder, "widen", unbiased(4, 16, 1, 1, 0), middle, null);
        String shortcut = normalised(builder, "project", unbiased(6, 16, 1, 2, 0), "pool", null);
        return pooledAndSoftmax(builder, sum(builder, "block", wide, shortcut), new ImageShape(3, 16, 16));
    }

    /** DenseNet style: batch norm and activation before each convolution, concatenations, a transition with average pooling. */
    public static Network dense() {
        GraphBuilder builder = builder().addLayer("stem", unbiased(3, 8, 3, 1, 1), "in");
        String first = grown(builder, "d1", 8, "stem");
        builder.addVertex("c1", new MergeVertex(), "stem", first);
        String second = grown(builder, "d2", 12, "c1");
        builder.addVertex("c2", new MergeVertex(), "c1", second);
        String ready = activated(builder, "t", 16, "c2");
        builder.addLayer("t-conv", unbiased(16, 8, 1, 1, 0), ready)
                .addLayer("t-pool", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(2, 2).stride(2, 2).build(), "t-conv");
        String third = grown(builder, "d3", 8, "t-pool");
        builder.addVertex("c3", new MergeVertex(), "t-pool", third);
        return pooledAndSoftmax(builder, activated(builder, "last", 12, "c3"), new ImageShape(3, 8, 8));
    }

    private static String grown(GraphBuilder builder, String name, int in, String below) {
        String ready = activated(builder, name + "a", in, below);
        builder.addLayer(name + "-narrow", unbiased(in, 6, 1, 1, 0), ready);
        builder.addLayer(name + "-grow", unbiased(6, 4, 3, 1, 1), activated(builder, name + "b", 6, name + "-narrow"));
        return name + "-grow";
    }

    private static String activated(GraphBuilder builder, String name, int channels, String below) {
        builder.addLayer(name + "-norm", norm(channels), below)
                .addLayer(name + "-relu", new ActivationLayer(Activation.RELU), name + "-norm");
        return name + "-relu";
    }

    /** MobileNetV2 style: expand, depthwise (one strided, one with two outputs a channel), project; ReLU6; a sum where shapes allow. */
    public static Network invertedResiduals() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", unbiased(3, 6, 3, 2, 1), "in", Activation.RELU6);
        String wide = normalised(builder, "a1", unbiased(6, 12, 1, 1, 0), stem, Activation.RELU6);
        String deep = normalised(builder, "a2", depthwise(12, 1, 3, 1), wide, Activation.RELU6);
        builder.addVertex("a", new ElementWiseVertex(ElementWiseVertex.Op.Add), normalised(builder, "a3", unbiased(12, 6, 1, 1, 0), deep, null), stem);
        String wider = normalised(builder, "b1", unbiased(6, 9, 1, 1, 0), "a", Activation.RELU6);
        String strided = normalised(builder, "b2", depthwise(9, 1, 3, 2), wider, Activation.RELU6);
        String narrow = normalised(builder, "b3", unbiased(9, 5, 1, 1, 0), strided, null);
        String twice = normalised(builder, "c", depthwise(5, 2, 5, 2), narrow, Activation.RELU6);
        return pooledAndSoftmax(builder, twice, new ImageShape(3, 16, 16));
    }

    /** Branches of several kernel sizes, uneven padding before a strided convolution and before a maximum, all concatenated, the halves swapped. */
    public static Network inception() {
        GraphBuilder builder = builder()
                .addLayer("pad", new ZeroPaddingLayer(0, 1, 0, 1), "in")
                .addLayer("stem", new ConvolutionLayer.Builder(3, 3).stride(2, 2).nIn(3).nOut(8).activation(Activation.RELU).build(), "pad")
                .addLayer("one", convolution(8, 4, 1, 1, Activation.RELU), "stem")
                .addLayer("row", new ConvolutionLayer.Builder(1, 5).padding(0, 2).nIn(8).nOut(4).activation(Activation.RELU).build(), "stem")
                .addLayer("column", new ConvolutionLayer.Builder(5, 1).padding(2, 0).nIn(4).nOut(5).activation(Activation.RELU).build(), "row")
                .addLayer("wide", new ConvolutionLayer.Builder(3, 3).dilation(2, 2).padding(2, 2).nIn(8).nOut(3)
                        .activation(Activation.ELU).build(), "stem")
                .addLayer("low", new ConstantPadding(new int[] {0, 2}, new int[] {2, 0}, new int[2], -Float.MAX_VALUE), "stem")
                .addLayer("max", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(3, 3).stride(1, 1).build(), "low")
                .addLayer("mean", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(3, 3).stride(1, 1).padding(1, 1).build(), "stem")
                .addLayer("mean-conv", convolution(8, 2, 1, 1, Activation.RELU), "mean")
                .addVertex("concat", new MergeVertex(), "one", "column", "wide", "max", "mean-conv")
                .addLayer("global", new GlobalPoolingLayer(PoolingType.MAX), "concat")
                .addLayer("out", output(), "global");
        // DL4J's builder miscounts the channels of a subset, so the halves change places afterwards.
        Network concatenated = network(builder, new ImageShape(3, 9, 9));
        return concatenated.edit()
                .add(new Node("first", new SubsetVertex(0, 9), List.of("concat"), Map.of()))
                .add(new Node("second", new SubsetVertex(10, 21), List.of("concat"), Map.of()))
                .add(new Node("swapped", new MergeVertex(), List.of("second", "first"), Map.of()))
                .replace(concatenated.node("global").reading(List.of("swapped")))
                .build();
    }

    /** Squeeze and excitation: global pooling, two 1x1 convolutions, a factor for each channel; then one for each place. */
    public static Network attention() {
        GraphBuilder builder = builder();
        String maps = normalised(builder, "maps", unbiased(3, 8, 3, 1, 1), "in", Activation.RELU);
        builder.addLayer("squeeze", kept(PoolingType.AVG), maps)
                .addLayer("less", convolution(8, 3, 1, 1, Activation.RELU), "squeeze")
                .addLayer("more", convolution(3, 8, 1, 1, Activation.SIGMOID), "less")
                .addVertex("gated", new Gate(), maps, "more")
                .addLayer("places", convolution(8, 1, 3, 1, Activation.SIGMOID), "gated")
                .addVertex("placed", new Gate(), "gated", "places")
                .addLayer("pool", kept(PoolingType.AVG), "placed")
                .addLayer("out", output(), "pool");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** MobileNetV3 style: hard swish and hard sigmoid, attention by dense layers, a residual sum. */
    public static Network hardActivations() {
        GraphBuilder builder = builder()
                .addLayer("stem", convolution(3, 6, 3, 2, Activation.IDENTITY), "in")
                .addLayer("stem-swish", new ActivationLayer(new HardSwish()), "stem")
                .addLayer("expand", unbiased(6, 10, 1, 1, 0), "stem-swish")
                .addLayer("expand-norm", norm(10), "expand")
                .addLayer("expand-swish", new ActivationLayer(new HardSwish()), "expand-norm")
                .addLayer("squeeze", new GlobalPoolingLayer(PoolingType.AVG), "expand-swish")
                .addLayer("less", new DenseLayer.Builder().nIn(10).nOut(4).activation(Activation.RELU).build(), "squeeze")
                .addLayer("more", new DenseLayer.Builder().nIn(4).nOut(10).activation(Activation.IDENTITY).build(), "less")
                .addLayer("gate", new ActivationLayer(new HardSigmoid(1.0 / 6, 0.5)), "more")
                .addVertex("gated", new Gate(), "expand-swish", "gate")
                .addLayer("project", unbiased(10, 6, 1, 1, 0), "gated")
                .addLayer("project-norm", norm(6), "project")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "project-norm", "stem-swish")
                .addLayer("clip", new ActivationLayer(new Clip(-1, 1.5)), "sum");
        return pooledAndSoftmax(builder, "clip", new ImageShape(3, 12, 12));
    }

    /** ResNeXt style: a bottleneck whose 3x3 convolutions have groups, one of them strided. */
    public static Network grouped() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", unbiased(3, 8, 3, 1, 1), "in", Activation.RELU);
        String narrow = normalised(builder, "a1", unbiased(8, 6, 1, 1, 0), stem, Activation.RELU);
        String middle = normalised(builder, "a2", new GroupedConvolution(unbiased(6, 6, 3, 1, 1), 3), narrow, Activation.RELU);
        String block = sum(builder, "a", normalised(builder, "a3", unbiased(6, 8, 1, 1, 0), middle, null), stem);
        builder.addLayer("b", new GroupedConvolution(convolution(8, 12, 3, 2, Activation.TANH), 2), block);
        return pooledAndSoftmax(builder, "b", new ImageShape(3, 8, 8));
    }

    /** Ends in logits and a loss layer, as what was read from a file without a softmax; flattened by a vertex. */
    public static Network logits() {
        GraphBuilder builder = builder();
        String maps = normalised(builder, "maps", unbiased(3, 6, 3, 2, 1), "in", Activation.RELU);
        builder.addLayer("mean", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(2, 2).stride(2, 2).build(), maps)
                .addVertex("flat", new PreprocessorVertex(new CnnToFeedForwardPreProcessor(2, 2, 6)), "mean")
                .addLayer("hidden", new DenseLayer.Builder().nIn(24).nOut(10).activation(Activation.RELU).build(), "flat")
                .addLayer("dropout", new DropoutLayer(0.5), "hidden")
                .addLayer("logits", new DenseLayer.Builder().nIn(10).nOut(CLASSES).activation(Activation.IDENTITY).build(), "dropout")
                .addLayer("out", new LossLayer.Builder(LossFunctions.LossFunction.MCXENT).activation(Activation.SOFTMAX).build(), "logits");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** SqueezeNet style: fire modules, then a 1x1 convolution to the classes, global pooling, flatten, softmax. */
    public static Network fire() {
        GraphBuilder builder = builder()
                .addLayer("stem", convolution(3, 6, 3, 2, Activation.RELU), "in")
                .addLayer("squeeze", convolution(6, 4, 1, 1, Activation.RELU), "stem")
                .addLayer("left", convolution(4, 6, 1, 1, Activation.RELU), "squeeze")
                .addLayer("right", convolution(4, 6, 3, 1, Activation.RELU), "squeeze")
                .addVertex("expand", new MergeVertex(), "left", "right")
                .addLayer("dropout", new DropoutLayer(0.5), "expand")
                .addLayer("classes", convolution(12, CLASSES, 1, 1, Activation.RELU), "dropout")
                .addLayer("pool", kept(PoolingType.AVG), "classes")
                .addVertex("flat", new PreprocessorVertex(new CnnToFeedForwardPreProcessor(1, 1, CLASSES)), "pool")
                .addLayer("out", new ActivationLayer(Activation.SOFTMAX), "flat");
        return network(builder, new ImageShape(3, 8, 8));
    }

    /** Two resolutions that are added, the lower one repeated (as in HRNet). */
    public static Network resolutions() {
        GraphBuilder builder = builder()
                .addLayer("high", convolution(3, 8, 3, 1, Activation.RELU), "in")
                .addLayer("low", convolution(8, 6, 3, 2, Activation.RELU), "high")
                .addLayer("widened", convolution(6, 8, 1, 1, Activation.IDENTITY), "low")
                .addLayer("repeated", new Upsampling2D.Builder(2).build(), "widened")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "high", "repeated")
                .addLayer("last", convolution(8, 6, 3, 1, Activation.RELU), "sum");
        return pooledAndSoftmax(builder, "last", new ImageShape(3, 8, 8));
    }

    /** All of them by name. */
    public static Map<String, Network> byName() {
        Map<String, Network> all = new LinkedHashMap<>();
        all.put("chain", chain());
        all.put("pooled", pooled());
        all.put("vgg", vgg());
        all.put("residual", residual());
        all.put("depthwise", depthwise());
        all.put("shortcutOfZeros", shortcutOfZeros());
        all.put("projection", projection());
        all.put("bottleneck", bottleneck());
        all.put("dense", dense());
        all.put("invertedResiduals", invertedResiduals());
        all.put("inception", inception());
        all.put("attention", attention());
        all.put("hardActivations", hardActivations());
        all.put("grouped", grouped());
        all.put("logits", logits());
        all.put("fire", fire());
        all.put("resolutions", resolutions());
        return all;
    }

    public static List<Network> all() {
        return List.copyOf(byName().values());
    }

    /** The same network without dropout, which draws anew in every training step. */
    public static Network steady(Network network) {
        NetworkEdit edit = network.edit();
        network.nodes().stream().filter(n -> n.layer(DropoutLayer.class).isPresent()).forEach(n -> edit.bypass(n.name()));
        return edit.build();
    }

    private static String normalised(GraphBuilder builder, String name, ConvolutionLayer convolution, String below, Activation activation) {
        builder.addLayer(name, convolution, below).addLayer(name + "-norm", norm((int) convolution.getNOut()), name);
        if (activation == null) {
            return name + "-norm";
        }
        builder.addLayer(name + "-act", new ActivationLayer(activation), name + "-norm");
        return name + "-act";
    }

    private static String sum(GraphBuilder builder, String name, String... of) {
        builder.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), of)
                .addLayer(name + "-relu", new ActivationLayer(Activation.RELU), name);
        return name + "-relu";
    }

    private static Network pooledAndSoftmax(GraphBuilder builder, String maps, ImageShape shape) {
        return network(builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), maps).addLayer("out", output(), "global"), shape);
    }

    /** Global pooling that leaves maps of one pixel. */
    private static GlobalPoolingLayer kept(PoolingType type) {
        return new GlobalPoolingLayer.Builder(type).collapseDimensions(false).build();
    }

    /** A batch norm as PyTorch's: variance, not the logarithm of the deviation. */
    private static BatchNormalization norm(int channels) {
        return new BatchNormalization.Builder().nIn(channels).nOut(channels).useLogStd(false).build();
    }

    private static ConvolutionLayer unbiased(int in, int out, int kernel, int stride, int padding) {
        return new ConvolutionLayer.Builder(kernel, kernel).stride(stride, stride).padding(padding, padding)
                .nIn(in).nOut(out).hasBias(false).activation(Activation.IDENTITY).build();
    }

    private static DepthwiseConvolution2D depthwise(int channels, int multiplier, int kernel, int stride) {
        return new DepthwiseConvolution2D.Builder(kernel, kernel).stride(stride, stride).padding(kernel / 2, kernel / 2)
                .depthMultiplier(multiplier).nIn(channels).nOut(channels * multiplier).hasBias(false).activation(Activation.IDENTITY).build();
    }

    /** Images that fit a network, as it takes them, the same for the same network. */
    public static INDArray images(Network network, int count) {
        ImageShape shape = network.preprocessing().input();
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(SEED);
        return Nd4j.rand(random, count, shape.channels(), shape.height(), shape.width()).subi(0.5);
    }

    /** One-hot labels, [count, classes]. */
    public static INDArray labels(int count) {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, count, CLASSES);
        for (int i = 0; i < count; i++) {
            labels.putScalar(i, i * 7 % CLASSES, 1);
        }
        return labels;
    }

    /** Labels and beside them what some teacher answers, [count, 2 classes]. */
    public static INDArray taught(int count) {
        INDArray answers = Nd4j.rand(Nd4j.getRandomFactory().getNewRandomInstance(SEED), count, CLASSES).addi(0.1);
        return Nd4j.hstack(labels(count), answers.diviColumnVector(answers.sum(true, 1)));
    }

    /** max|a - b| / max|b|. */
    public static double difference(INDArray a, INDArray b) {
        double scale = Transforms.abs(b, true).maxNumber().doubleValue();
        return Transforms.abs(a.sub(b), true).maxNumber().doubleValue() / scale;
    }

    /** A graph in the making with the input {@code in}. */
    public static GraphBuilder builder() {
        return new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .weightInit(WeightInit.RELU)
                .graphBuilder()
                .addInputs("in");
    }

    /** A convolution that keeps height and width but for its stride. */
    public static ConvolutionLayer convolution(int in, int out, int kernel, int stride, Activation activation) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .stride(stride, stride)
                .convolutionMode(ConvolutionMode.Same)
                .nIn(in)
                .nOut(out)
                .activation(activation)
                .build();
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
    }

    /** Softmax over the classes. */
    public static OutputLayer output() {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX).build();
    }

    /** The network of a graph whose output is {@code out}. */
    public static Network network(GraphBuilder builder, ImageShape shape) {
        ComputationGraph graph = new ComputationGraph(builder
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(shape.height(), shape.width(), shape.channels()))
                .build());
        graph.init();
        randomise(graph);
        normalise(graph, shape);
        Normalisation normalisation = new Normalisation(ColourOrder.RGB, 1 / 255.0, List.of(0.5), List.of(1.0));
        return Network.of(
                graph, new Preprocessing(shape, Fit.PAD, normalisation), IntStream.range(0, CLASSES).mapToObj(i -> "class " + i).toList());
    }

    /** Biases and batch norms away from 0 and 1, so that an error in them shows. */
    private static void randomise(ComputationGraph graph) {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(SEED);
        for (var layer : graph.getLayers()) {
            layer.paramTable().forEach((key, value) -> {
                if (!key.equals("W")) {
                    value.assign(Nd4j.rand(random, value.shape()).muli(0.5).addi(key.equals("b") || key.equals("mean") ? -0.25 : 0.5));
                }
            });
        }
    }

    /** Gives the batch norms that keep a variance the statistics of what they read, as a training would have. */
    private static void normalise(ComputationGraph graph, ImageShape shape) {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(SEED);
        INDArray images = Nd4j.rand(random, 16, shape.channels(), shape.height(), shape.width()).subi(0.5);
        for (String name : graph.getConfiguration().getTopologicalOrderStr()) {
            Layer layer = graph.getLayer(name);
            if (layer != null && layer.paramTable().containsKey("var")) {
                INDArray read = graph.feedForward(images, false).get(graph.getConfiguration().getVertexInputs().get(name).get(0));
                layer.getParam("mean").assign(read.mean(0, 2, 3));
                layer.getParam("var").assign(read.var(false, 0, 2, 3));
            }
        }
    }
}
