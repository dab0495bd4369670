package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class NetworkStoreTest {

    @TempDir
    Path folder;

    private NetworkStore open() {
        return new NetworkStore(new Layout(folder), new Disk(folder, FileChannel::open));
    }

    private static Network manyKinds() {
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(1)
                .l2(1e-4)
                .graphBuilder()
                .addInputs("in")
                .addLayer("padding", new ZeroPaddingLayer.Builder(1, 1).build(), "in")
                .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(6).dilation(2, 2).activation(new ActivationLReLU(0.2)).build(), "padding")
                .addLayer("norm", new BatchNormalization.Builder().eps(1e-3).decay(0.8).build(), "conv")
                .addLayer("relu6", new ActivationLayer(Activation.RELU6), "norm")
                .addLayer("depthwise", new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(1).convolutionMode(ConvolutionMode.Same).build(), "relu6")
                .addLayer("same", new ConvolutionLayer.Builder(1, 1).nOut(6).hasBias(false).build(), "depthwise")
                .addVertex("add", new ElementWiseVertex(ElementWiseVertex.Op.Add), "same", "relu6")
                .addLayer("response", new LocalResponseNormalization.Builder().build(), "add")
                .addLayer("prelu", new PReLULayer.Builder().inputShape(6, 7, 9).sharedAxes(2, 3).build(), "response")
                .addVertex("scaled", new ScaleVertex(0.3), "prelu")
                .addVertex("merge", new MergeVertex(), "scaled", "add")
                .addLayer("pool", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.AVG).kernelSize(2, 2).stride(2, 2).build(), "merge")
                .addLayer("up", new Upsampling2D.Builder(2).build(), "pool")
                .addLayer("drop", new DropoutLayer.Builder(new GaussianNoise(0.1)).build(), "up")
                .addLayer("dense", new DenseLayer.Builder().nOut(5).activation(Activation.TANH).dropOut(0.5).build(), "drop")
                .addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nOut(3).activation(Activation.SOFTMAX).build(), "dense")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(9, 11, 3))
                .build();
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        return Network.of(graph, new Preprocessing(new ImageShape(3, 9, 11), Fit.RESIZE, Normalisation.TORCH), List.of("x", "y", "z"));
    }

    @Test
    void everyKindOfLayerComesBackAndComputesTheSame() throws IOException {
        for (Path f : new Layout(folder).folders()) {
            Files.createDirectories(f);
        }
        Network network = manyKinds();
        open().put(network);
        Network again = open().read(network.digest());
        assertThat(again).isNotSameAs(network);
        assertThat(again.nodes()).extracting("name").isEqualTo(network.nodes().stream().map(n -> n.name()).toList());
        var images = Tiny.noise(new Random(1), 1, 2, 3, 9, 11);
        assertThat(again.graph().outputSingle(images)).isEqualTo(network.graph().outputSingle(images));
    }

    @Test
    void aDigestDoesNotDependOnTheClock() throws InterruptedException {
        Network network = Tiny.network(new Random(1));
        Thread.sleep(3);
        assertThat(Tiny.network(new Random(1)).digest()).isEqualTo(network.digest());
    }
}
