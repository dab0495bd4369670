package io.espalier.layers;

import io.espalier.Networks;
import io.espalier.network.Network;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Loads saved networks in a process of its own, predicts, and leaves the predictions and the digests.
 *
 * @param folder where the files lie
 * @param name of the network
 */
record SavedNetwork(Path folder, String name) {

    /** End of the name of a network with our layers in the place of DL4J's. */
    static final String OURS = "-ours";

    File zip() {
        return folder.resolve(name + ".zip").toFile();
    }

    File images() {
        return folder.resolve(name + ".images").toFile();
    }

    File predictions() {
        return folder.resolve(name + ".predictions").toFile();
    }

    Path digest() {
        return folder.resolve(name + ".digest");
    }

    private void predict(Network like) throws IOException {
        ComputationGraph graph = ModelSerializer.restoreComputationGraph(zip());
        Nd4j.saveBinary(graph.outputSingle(Nd4j.readBinary(images())), predictions());
        Files.writeString(digest(), Network.of(graph, like.preprocessing(), like.classes()).digest());
    }

    /** Argument: the folder. */
    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, Network> entry : Networks.byName().entrySet()) {
            new SavedNetwork(Path.of(arguments[0]), entry.getKey()).predict(entry.getValue());
            new SavedNetwork(Path.of(arguments[0]), entry.getKey() + OURS).predict(entry.getValue());
        }
    }
}
