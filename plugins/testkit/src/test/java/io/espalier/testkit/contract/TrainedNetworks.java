package io.espalier.testkit.contract;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.TestDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * Makes the networks and the images that the kit carries: four topologies, trained by DL4J itself on the bundled digits.
 * Arguments: the folder {@code assets/mnist-small}, and the folder of the kit's resources.
 */
final class TrainedNetworks {

    private static final long SEED = 1;
    private static final int SIDE = 28;
    private static final int CLASSES = 10;
    private static final int EPOCHS = 6;
    private static final int BATCH = 32;
    /** Training, validation and test images of the kit, in this order: the first ones of the bundled test part. */
    private static final int KEPT = 300;

    private TrainedNetworks() {}

    public static void main(String[] arguments) throws IOException {
        Path assets = Path.of(arguments[0]);
        Path resources = Path.of(arguments[1]);
        keepImages(assets, resources.resolve("digits.gz"));
        DataSet train = part(assets, "train");
        DataSet test = part(assets, "t10k");
        for (Map.Entry<String, GraphBuilder> made : topologies().entrySet()) {
            ComputationGraph graph = new ComputationGraph(made.getValue()
                    .setOutputs("out")
                    .setInputTypes(InputType.convolutional(SIDE, SIDE, 1))
                    .build());
            graph.init();
            graph.fit(new TestDataSetIterator(train, BATCH), EPOCHS);
            double accuracy = graph.evaluate(new TestDataSetIterator(test, 100)).accuracy();
            System.out.printf("%s: %,d parameters, test accuracy %.3f%n", made.getKey(), graph.numParams(), accuracy);
            ModelSerializer.writeModel(graph, resources.resolve(made.getKey() + ".zip").toFile(), false);
        }
        System.exit(0);
    }

    private static Map<String, GraphBuilder> topologies() {
        Map<String, GraphBuilder> all = new LinkedHashMap<>();
        all.put("chain", chain());
        all.put("residual", residual());
        all.put("depthwise", depthwise());
        all.put("dense", dense());
        return all;
    }

    private static GraphBuilder chain() {
        return ending(builder()
                .addLayer("conv1", convolution(1, 8, 3, 1, true), "in")
                .addLayer("relu1", new ActivationLayer(Activation.RELU), "conv1")
                .addLayer("pool1", pool(), "relu1")
                .addLayer("conv2", convolution(8, 12, 3, 1, true), "pool1")
                .addLayer("relu2", new ActivationLayer(Activation.RELU), "conv2")
                .addLayer("pool2", pool(), "relu2")
                .addLayer("conv3", convolution(12, 16, 3, 1, true), "pool2")
                .addLayer("relu3", new ActivationLayer(Activation.RELU), "conv3"), "relu3");
    }

    private static GraphBuilder residual() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", convolution(1, 8, 3, 2, false), "in", true);
        String first = normalised(builder, "a1", convolution(8, 8, 3, 1, false), stem, true);
        String block = sum(builder, "a", normalised(builder, "a2", convolution(8, 8, 3, 1, false), first, false), stem);
        String down = normalised(builder, "b1", convolution(8, 12, 3, 2, false), block, true);
        String last = normalised(builder, "b2", convolution(12, 12, 3, 1, false), down, false);
        String shortcut = normalised(builder, "project", convolution(8, 12, 1, 2, false), block, false);
        return ending(builder, sum(builder, "b", last, shortcut));
    }

    private static GraphBuilder depthwise() {
        GraphBuilder builder = builder();
        String stem = normalised(builder, "stem", convolution(1, 8, 3, 2, false), "in", true);
        String wide = normalised(builder, "expand", convolution(8, 16, 1, 1, false), stem, true);
        builder.addLayer("depth", new DepthwiseConvolution2D.Builder(3, 3).stride(2, 2).depthMultiplier(1).nIn(16).nOut(16)
                .convolutionMode(ConvolutionMode.Same).hasBias(false).activation(Activation.IDENTITY).build(), wide);
        builder.addLayer("depth-norm", norm(16), "depth").addLayer("depth-relu", new ActivationLayer(Activation.RELU), "depth-norm");
        String narrow = normalised(builder, "project", convolution(16, 12, 1, 1, false), "depth-relu", false);
        return ending(builder, normalised(builder, "last", convolution(12, 16, 1, 1, false), narrow, true));
    }

    private static GraphBuilder dense() {
        GraphBuilder builder = builder();
        String maps = normalised(builder, "stem", convolution(1, 8, 3, 2, false), "in", true);
        int channels = 8;
        for (int i = 1; i <= 3; i++) {
            String grown = normalised(builder, "grow" + i, convolution(channels, 6, 3, 1, false), maps, true);
            builder.addVertex("concat" + i, new MergeVertex(), maps, grown);
            maps = "concat" + i;
            channels += 6;
        }
        return ending(builder, normalised(builder, "transition", convolution(channels, 12, 1, 1, false), maps, true));
    }

    private static GraphBuilder builder() {
        return new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .weightInit(WeightInit.RELU)
                .updater(new Adam(0.005))
                .graphBuilder()
                .addInputs("in");
    }

    private static GraphBuilder ending(GraphBuilder builder, String maps) {
        return builder
                .addLayer("global", new GlobalPoolingLayer(PoolingType.MAX), maps)
                .addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX).build(), "global");
    }

    private static String normalised(GraphBuilder builder, String name, ConvolutionLayer convolution, String below, boolean relu) {
        builder.addLayer(name, convolution, below).addLayer(name + "-norm", norm((int) convolution.getNOut()), name);
        if (relu) {
            builder.addLayer(name + "-relu", new ActivationLayer(Activation.RELU), name + "-norm");
        }
        return name + (relu ? "-relu" : "-norm");
    }

    private static String sum(GraphBuilder builder, String name, String... of) {
        builder.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), of)
                .addLayer(name + "-relu", new ActivationLayer(Activation.RELU), name);
        return name + "-relu";
    }

    private static BatchNormalization norm(int channels) {
        return new BatchNormalization.Builder().nIn(channels).nOut(channels).useLogStd(false).build();
    }

    private static ConvolutionLayer convolution(int in, int out, int kernel, int stride, boolean bias) {
        return new ConvolutionLayer.Builder(kernel, kernel).stride(stride, stride).convolutionMode(ConvolutionMode.Same)
                .nIn(in).nOut(out).hasBias(bias).activation(Activation.IDENTITY).build();
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
    }

    private static DataSet part(Path assets, String part) throws IOException {
        byte[] pixels = body(assets.resolve(part + "-images-idx3-ubyte.gz"), 16);
        byte[] labels = body(assets.resolve(part + "-labels-idx1-ubyte.gz"), 8);
        float[] values = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            values[i] = (pixels[i] & 0xff) / 255f;
        }
        INDArray oneHot = Nd4j.zeros(DataType.FLOAT, labels.length, CLASSES);
        for (int i = 0; i < labels.length; i++) {
            oneHot.putScalar(i, labels[i], 1);
        }
        return new DataSet(Nd4j.create(values, new long[] {labels.length, 1, SIDE, SIDE}), oneHot);
    }

    /** Labels, one byte each, then the pixels of all images. */
    private static void keepImages(Path assets, Path file) throws IOException {
        byte[] labels = body(assets.resolve("t10k-labels-idx1-ubyte.gz"), 8);
        byte[] pixels = body(assets.resolve("t10k-images-idx3-ubyte.gz"), 16);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(labels, 0, KEPT);
        all.write(pixels, 0, KEPT * SIDE * SIDE);
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            all.writeTo(out);
        }
    }

    private static byte[] body(Path idx, int header) throws IOException {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(idx)))) {
            in.readNBytes(header);
            return in.readAllBytes();
        }
    }
}
