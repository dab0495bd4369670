package io.espalier.routes.cli;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;

/** One dense layer of two classes on 1x2x2 images. */
final class TinyNetwork {

    private TinyNetwork() {}

    static Network make() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(1)
                .graphBuilder()
                .addInputs("images")
                .addLayer("classes", new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(), "images")
                .setOutputs("classes")
                .setInputTypes(InputType.convolutional(2, 2, 1))
                .build());
        graph.init();
        return Network.of(graph, new Preprocessing(new ImageShape(1, 2, 2), Fit.REFUSE, Normalisation.UNIT), List.of("zero", "one"));
    }
}
