package io.espalier.bench;

import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.network.Network;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network on the fastest engine there is, once to predict and once to train, with a batch of random images. */
final class Running implements AutoCloseable {

    private final Program predicting;
    private final Program training;
    private final INDArray images;
    private final INDArray labels;

    Running(Network network, Set<ParameterKey> wanted, int batch, int size) {
        Engine engine = OneDnnEngine.whyAbsent().isPresent() ? new Dl4jEngine() : new OneDnnEngine();
        predicting = engine.compile(network, Wanted.PREDICTIONS);
        training = engine.compile(network, new Wanted(wanted, List.of()));
        Nd4j.getRandom().setSeed(Sketch.SEED);
        images = Nd4j.rand(DataType.FLOAT, batch, 3, size, size);
        labels = Nd4j.zeros(DataType.FLOAT, batch, Sketch.CLASSES);
        IntStream.range(0, batch).forEach(i -> labels.putScalar(i, i % Sketch.CLASSES, 1));
    }

    void predict() {
        predicting.predict(images).close();
    }

    /** A step with its update, so that everything that follows from what trains is computed anew. */
    double step() {
        Program.Step step = training.step(images, labels);
        step.gradients().forEach((key, gradient) -> {
            try (INDArray value = training.get(key)) {
                training.set(key, value.subi(gradient.muli(1e-3)));
            }
        });
        return step.loss();
    }

    @Override
    public void close() {
        predicting.close();
        training.close();
        images.close();
        labels.close();
    }
}
