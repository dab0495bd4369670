package io.espalier.plugins.models;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Networks as somebody would save them with plain DL4J. */
final class SmallNetworks {

    private SmallNetworks() {}

    static ConvolutionLayer convolution(int filters) {
        return new ConvolutionLayer.Builder(3, 3).nOut(filters).convolutionMode(ConvolutionMode.Same).activation(Activation.RELU).build();
    }

    static SubsamplingLayer pooling() {
        return new SubsamplingLayer.Builder(PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
    }

    static OutputLayer output(Activation activation, LossFunction loss) {
        return new OutputLayer.Builder(loss).nOut(4).activation(activation).build();
    }

    static OutputLayer softmax() {
        return output(Activation.SOFTMAX, LossFunction.MCXENT);
    }

    static MultiLayerNetwork stack(InputType input, Layer... layers) {
        var list = new NeuralNetConfiguration.Builder().seed(5).list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerNetwork network = new MultiLayerNetwork(list.setInputType(input).validateOutputLayerConfig(false).build());
        network.init();
        return network;
    }

    /** Flattens a 7x5 map; from 28x20 images of 3 channels. */
    static MultiLayerNetwork flattening() {
        return stack(
                InputType.convolutional(28, 20, 3), convolution(4), pooling(), convolution(6), pooling(),
                new DenseLayer.Builder().nOut(8).activation(Activation.RELU).build(), softmax());
    }

    /** Pools globally, so that it takes any size. */
    static ComputationGraph pooling(InputType input) {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder().seed(5).graphBuilder()
                .addInputs("images")
                .addLayer("first", convolution(4), "images")
                .addLayer("pooled", new GlobalPoolingLayer.Builder(PoolingType.AVG).build(), "first")
                .addLayer("classes", softmax(), "pooled")
                .setOutputs("classes").setInputTypes(input).build());
        graph.init();
        return graph;
    }

    static ComputationGraph twoInputs() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder().graphBuilder()
                .addInputs("left", "right")
                .addLayer("a", convolution(2), "left")
                .addLayer("b", convolution(2), "right")
                .addVertex("sum", new org.deeplearning4j.nn.conf.graph.ElementWiseVertex(
                        org.deeplearning4j.nn.conf.graph.ElementWiseVertex.Op.Add), "a", "b")
                .addLayer("classes", softmax(), "sum")
                .setOutputs("classes")
                .setInputTypes(InputType.convolutional(8, 8, 1), InputType.convolutional(8, 8, 1)).build());
        graph.init();
        return graph;
    }

    static MultiLayerNetwork recurrent() {
        return stack(
                InputType.recurrent(3), new LSTM.Builder().nOut(4).build(),
                new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(4).activation(Activation.SOFTMAX).build());
    }

    static MultiLayerNetwork channelsLast() {
        ConvolutionLayer last = new ConvolutionLayer.Builder(3, 3).nOut(4).dataFormat(CNN2DFormat.NHWC).build();
        last.setLayerName("last");
        return stack(InputType.convolutional(8, 8, 3, CNN2DFormat.NHWC), last, softmax());
    }

    static Path save(Model model, Path file) throws IOException {
        ModelSerializer.writeModel(model, file.toFile(), true);
        return file;
    }
}
