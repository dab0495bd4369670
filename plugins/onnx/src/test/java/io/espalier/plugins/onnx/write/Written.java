package io.espalier.plugins.onnx.write;

import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks, written as they are by {@code export}. */
final class Written {

    private Written() {}

    static Path to(Path file, Network network) {
        return to(file, network, NetworkEnd.Output.PROBABILITIES);
    }

    static Path to(Path file, Network network, NetworkEnd.Output output) {
        try {
            new OnnxWriter().write(network, Map.of(), file, new OnnxWriter.Options(output));
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The network's own prediction. */
    static INDArray own(Network network, INDArray images) {
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            return program.predict(images);
        }
    }
}
