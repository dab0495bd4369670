package io.espalier.plugins.models;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * The architecture of VGG16 with Keras' layer names: five blocks of 3x3 convolutions with padding "same" and ReLU, 2x2
 * max pooling of stride 2 after each, and, if there is a top, three dense layers. Source: Simonyan, Zisserman, 2014,
 * configuration D.
 *
 * @param widths channels of each block's convolutions, [5]
 * @param hidden units of fc1 and fc2
 */
record Vgg16(List<Integer> widths, int hidden) {

    /** As it was published. */
    static final Vgg16 PUBLISHED = new Vgg16(List.of(64, 128, 256, 512, 512), 4096);

    /** Height and width of the images that the network with its top takes. */
    static final int TOP_SIDE = 224;

    /** Height and width of the last feature map of such an image. */
    static final int FLATTENED_SIDE = 7;

    static final List<String> TOP = List.of("fc1", "fc2", "predictions");

    static final int CHANNELS = 3;

    private static final int[] CONVOLUTIONS = {2, 2, 3, 3, 3};
    private static final int KERNEL = 3;
    private static final String INPUT = "input";

    Vgg16 {
        widths = List.copyOf(widths);
    }

    /**
     * A convolution of the network.
     *
     * @param name Keras' name
     * @param in channels that it reads
     * @param out channels that it puts out
     */
    record Convolution(String name, int in, int out) {

        /** Shape of its kernel in Keras, HWIO. */
        int[] kernel() {
            return new int[] {KERNEL, KERNEL, in, out};
        }
    }

    /** The convolutions, first to last. */
    List<Convolution> convolutions() {
        List<Convolution> all = new ArrayList<>();
        int in = CHANNELS;
        for (int block = 0; block < widths.size(); block++) {
            for (int i = 1; i <= CONVOLUTIONS[block]; i++) {
                all.add(new Convolution("block" + (block + 1) + "_conv" + i, in, widths.get(block)));
                in = widths.get(block);
            }
        }
        return all;
    }

    /** Names of the layers without weights: the poolings. */
    List<String> poolings() {
        return IntStream.rangeClosed(1, widths.size()).mapToObj(block -> "block" + block + "_pool").toList();
    }

    /** Inputs of fc1. */
    int flattened() {
        return FLATTENED_SIDE * FLATTENED_SIDE * widths.get(widths.size() - 1);
    }

    /** The network that ends with its last pooling, weights not yet set. */
    ComputationGraph headless() {
        GraphBuilder builder = body();
        builder.setOutputs(lastPooling());
        return initialised(builder);
    }

    /** The network with its top, for that many classes, weights not yet set. */
    ComputationGraph classifier(int classes) {
        GraphBuilder builder = body();
        CnnToFeedForwardPreProcessor flatten =
                new CnnToFeedForwardPreProcessor(FLATTENED_SIDE, FLATTENED_SIDE, widths.get(widths.size() - 1));
        builder.addLayer("fc1", dense(flattened()), flatten, lastPooling());
        builder.addLayer("fc2", dense(hidden), "fc1");
        OutputLayer output = new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(hidden).nOut(classes).activation(Activation.SOFTMAX).build();
        builder.addLayer("predictions", output, "fc2");
        builder.setOutputs("predictions");
        return initialised(builder);
    }

    private DenseLayer dense(int in) {
        return new DenseLayer.Builder().nIn(in).nOut(hidden).activation(Activation.RELU).build();
    }

    private String lastPooling() {
        return "block" + widths.size() + "_pool";
    }

    private GraphBuilder body() {
        // Nothing of it is random: every weight is set from the file.
        GraphBuilder builder = new NeuralNetConfiguration.Builder().seed(0).updater(new NoOp()).graphBuilder().addInputs(INPUT);
        String last = INPUT;
        int block = 1;
        for (Convolution convolution : convolutions()) {
            String own = "block" + block;
            if (!convolution.name().startsWith(own)) {
                last = pooled(builder, block++, last);
            }
            builder.addLayer(convolution.name(), layer(convolution), last);
            last = convolution.name();
        }
        pooled(builder, block, last);
        return builder;
    }

    private static String pooled(GraphBuilder builder, int block, String last) {
        String name = "block" + block + "_pool";
        builder.addLayer(
                name,
                new SubsamplingLayer.Builder(PoolingType.MAX)
                        .kernelSize(2, 2).stride(2, 2).convolutionMode(ConvolutionMode.Truncate).build(),
                last);
        return name;
    }

    private static ConvolutionLayer layer(Convolution convolution) {
        return new ConvolutionLayer.Builder(KERNEL, KERNEL)
                .nIn(convolution.in())
                .nOut(convolution.out())
                .stride(1, 1)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.RELU)
                .build();
    }

    private static ComputationGraph initialised(GraphBuilder builder) {
        ComputationGraph graph = new ComputationGraph(builder.validateOutputLayerConfig(false).build());
        graph.init();
        return graph;
    }
}
