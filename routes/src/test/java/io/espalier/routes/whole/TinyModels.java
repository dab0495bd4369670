package io.espalier.routes.whole;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Networks small enough for a test: two convolutions, some thousand parameters, for digits of 28x28. */
final class TinyModels {

    private static final int CLASSES = 10;
    private static final int EPOCHS = 4;
    private static final int BATCH = 32;

    private TinyModels() {}

    /** The model that most tests use, taught some digits when the first one asks for it. */
    private static final class Made {

        /** Always in the same place: its path is part of what a run's randomness comes from. */
        private static final Path CHAIN = write(Espalier.HOME.resolveSibling("whole-models").resolve("chain.zip"), taught(chain()));
    }

    /** Convolution, ReLU, pooling, convolution, ReLU, global pooling, dense; knows digits a little. */
    static Path trained() {
        return Made.CHAIN;
    }

    static Path write(Path file, Model model) {
        try {
            Files.createDirectories(file.getParent());
            ModelSerializer.writeModel(model, file.toFile(), false);
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static ComputationGraph chain() {
        ComputationGraph graph = new ComputationGraph(settings().graphBuilder()
                .addInputs("images")
                .setInputTypes(input(Digits.SIDE))
                .addLayer("conv1", convolution(12), "images")
                .addLayer("pool1", pooling(), "conv1")
                .addLayer("conv2", convolution(32), "pool1")
                .addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), "conv2")
                .addLayer("classes", classes(CLASSES), "features")
                .setOutputs("classes")
                .build());
        graph.init();
        return graph;
    }

    /** A dense layer on flattened feature maps, so that it takes images of that size and no other. */
    static ComputationGraph flattening(int side) {
        ComputationGraph graph = new ComputationGraph(settings().graphBuilder()
                .addInputs("images")
                .setInputTypes(input(side))
                .addLayer("conv1", convolution(4), "images")
                .addLayer("pool1", pooling(), "conv1")
                .addLayer("classes", classes(CLASSES), "pool1")
                .setOutputs("classes")
                .build());
        graph.init();
        return graph;
    }

    /** As the chain, but its layers in a list. */
    static MultiLayerNetwork list(int classes) {
        MultiLayerNetwork network = new MultiLayerNetwork(settings().list()
                .layer(convolution(12))
                .layer(pooling())
                .layer(convolution(32))
                .layer(new GlobalPoolingLayer(PoolingType.AVG))
                .layer(classes(classes))
                .setInputType(input(Digits.SIDE))
                .build());
        network.init();
        return network;
    }

    /** Its one convolution is normalised across channels, so none of them can go without the others. */
    static ComputationGraph mixing() {
        ComputationGraph graph = new ComputationGraph(settings().graphBuilder()
                .addInputs("images")
                .setInputTypes(input(Digits.SIDE))
                .addLayer("stem", convolution(8), "images")
                .addLayer("mixing", new LocalResponseNormalization.Builder().build(), "stem")
                .addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), "mixing")
                .addLayer("classes", classes(CLASSES), "features")
                .setOutputs("classes")
                .build());
        graph.init();
        return graph;
    }

    /** Two convolutions that are added to a third: no chain. */
    static ComputationGraph residual() {
        ComputationGraph graph = new ComputationGraph(settings().graphBuilder()
                .addInputs("images")
                .setInputTypes(input(Digits.SIDE))
                .addLayer("stem", convolution(8), "images")
                .addLayer("inner", convolution(8), "stem")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "stem", "inner")
                .addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), "sum")
                .addLayer("classes", classes(CLASSES), "features")
                .setOutputs("classes")
                .build());
        graph.init();
        return graph;
    }

    private static ComputationGraph taught(ComputationGraph graph) {
        Digits digits = Digits.first("train", 1000);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            for (int from = 0; from + BATCH <= digits.size(); from += BATCH) {
                Digits batch = digits.part(from, from + BATCH);
                graph.fit(new DataSet(batch.unit(), batch.oneHot()));
            }
        }
        return graph;
    }

    private static NeuralNetConfiguration.Builder settings() {
        return new NeuralNetConfiguration.Builder().seed(5).weightInit(WeightInit.RELU).updater(new Adam(0.01));
    }

    private static InputType input(int side) {
        return InputType.convolutional(side, side, 1);
    }

    private static Layer convolution(int filters) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(filters)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.RELU)
                .build();
    }

    private static Layer pooling() {
        return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
    }

    private static Layer classes(int count) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(count).activation(Activation.SOFTMAX).build();
    }
}
