package io.espalier.engine;

import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Split;
import io.espalier.network.Network;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Predicts a split and measures the predictions. */
public final class Evaluation {

    private Evaluation() {}

    /**
     * @param program of that network
     * @param seen told the number of images done after each batch
     */
    public static Metrics of(Program program, Network network, Split split, int batchSize, IntConsumer seen) {
        int classes = network.classes().size();
        float[][] probabilities = new float[split.size()][];
        int done = 0;
        var preprocessing = network.preprocessing();
        try (Batches batches = Batches.inOrder(
                split, preprocessing.input().channels(), preprocessing.normalisation(), classes, batchSize)) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get(); INDArray predicted = program.predict(batch.images())) {
                    for (float[] row : predicted.castTo(DataType.FLOAT).toFloatMatrix()) {
                        probabilities[done++] = row;
                    }
                }
                seen.accept(done);
            }
        }
        return Metrics.of(probabilities, split.labels(), classes);
    }
}
