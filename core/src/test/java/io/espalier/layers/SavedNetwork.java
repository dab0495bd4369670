package io.espalier.layers;

import io.espalier.Networks;
import io.espalier.network.Network;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.factory.Nd4j;

/** Loads a saved network in a process of its own, predicts, and leaves the predictions and the digest. */
final class SavedNetwork {

    private SavedNetwork() {}

    /** Arguments: model zip, images, where the predictions go, where the digest goes. */
    public static void main(String[] arguments) throws IOException {
        ComputationGraph graph = ModelSerializer.restoreComputationGraph(new File(arguments[0]));
        Nd4j.saveBinary(graph.outputSingle(Nd4j.readBinary(new File(arguments[1]))), new File(arguments[2]));
        Network like = Networks.chain();
        Files.writeString(Path.of(arguments[3]), Network.of(graph, like.preprocessing(), like.classes()).digest());
    }
}
