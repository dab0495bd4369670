package io.espalier.network;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.factory.Nd4j;

/** Loads the networks of a folder in a process of its own and leaves what they predict. */
final class PrunedNetworks {

    private PrunedNetworks() {}

    /** Argument: the folder, with a zip and a file of images for each network. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        for (File zip : folder.toFile().listFiles((f, name) -> name.endsWith(".zip"))) {
            String name = zip.getName().replace(".zip", "");
            var graph = ModelSerializer.restoreComputationGraph(zip);
            Nd4j.saveBinary(
                    graph.outputSingle(Nd4j.readBinary(folder.resolve(name + ".images").toFile())), folder.resolve(name + ".predictions").toFile());
        }
    }
}
