package io.espalier.bench;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** A network in the making, layer upon layer, on images of three channels, with a dense softmax layer {@code out} at its end. */
final class Sketch {

    static final int CLASSES = 10;
    static final long SEED = 1;

    private final GraphBuilder builder =
            new NeuralNetConfiguration.Builder().seed(SEED).weightInit(WeightInit.RELU).graphBuilder().addInputs("in");
    private String top = "in";
    private int channels = 3;
    private int count;

    /** Name of what was put on last. */
    String top() {
        return top;
    }

    int channels() {
        return channels;
    }

    /** Goes on from a layer that is there already. */
    Sketch from(String name, int itsChannels) {
        top = name;
        channels = itsChannels;
        return this;
    }

    /** A convolution that keeps height and width but for its stride. */
    static ConvolutionLayer convolution(int in, int out, int kernel, int stride, Activation activation) {
        return new ConvolutionLayer.Builder(kernel, kernel).stride(stride, stride).convolutionMode(ConvolutionMode.Same)
                .nIn(in).nOut(out).activation(activation).build();
    }

    Sketch convolve(int out, int kernel, int stride, Activation activation) {
        return put(convolution(channels, out, kernel, stride, activation), out);
    }

    Sketch put(Layer layer, int out) {
        return put("layer" + ++count, layer, out);
    }

    Sketch put(String name, Layer layer, int out) {
        builder.addLayer(name, layer, top);
        return from(name, out);
    }

    Sketch join(GraphVertex vertex, int out, String... inputs) {
        String name = "layer" + ++count;
        builder.addVertex(name, vertex, inputs);
        return from(name, out);
    }

    /** With random numbers, which take the time that others take. */
    Network network(int size) {
        builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), top);
        builder.addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nIn(channels).nOut(CLASSES)
                .activation(Activation.SOFTMAX).build(), "global");
        ComputationGraph graph =
                new ComputationGraph(builder.setOutputs("out").setInputTypes(InputType.convolutional(size, size, 3)).build());
        graph.init();
        return Network.of(graph, new Preprocessing(new ImageShape(3, size, size), Fit.PAD, Normalisation.TORCH),
                IntStream.range(0, CLASSES).mapToObj(String::valueOf).toList());
    }
}
