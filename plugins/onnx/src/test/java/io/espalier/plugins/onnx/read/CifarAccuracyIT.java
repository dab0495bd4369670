package io.espalier.plugins.onnx.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.BatchNorms;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The published accuracy, on the whole test batch. */
class CifarAccuracyIT {

    private static final int BATCH = 250;
    private static final double TOLERANCE = 0.02;

    @ParameterizedTest
    @CsvSource({"resnet20, false, 91.73", "resnet20, true, 91.73", "resnet56, false, 93.39", "resnet56, true, 93.39"})
    void theTestBatchIsClassifiedAsPublished(String name, boolean decomposed, double percent) throws IOException {
        Network network = ReadNetwork.of(Shared.file("models/" + name + "-cifar10.onnx"), 0);
        Network whole = decomposed ? Decomposition.decompose(BatchNorms.fold(network)) : network;
        assertThat(accuracy(whole)).isCloseTo(percent, within(TOLERANCE));
    }

    private static double accuracy(Network network) throws IOException {
        CifarImages images = CifarImages.read();
        int right = 0;
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            for (int from = 0; from < images.count(); from += BATCH) {
                INDArray guesses = program.predict(images.images(from, BATCH)).argMax(1);
                for (int i = 0; i < BATCH; i++) {
                    right += guesses.getInt(i) == images.label(from + i) ? 1 : 0;
                }
            }
        }
        return 100.0 * right / images.count();
    }
}
