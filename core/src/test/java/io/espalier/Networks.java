package io.espalier;

import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
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

    public static List<Network> all() {
        return List.of(chain(), pooled(), vgg(), residual(), depthwise());
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
}
