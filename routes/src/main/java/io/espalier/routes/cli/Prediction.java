package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pretrained;
import io.espalier.catalog.Extension;
import io.espalier.data.ImageShape;
import io.espalier.data.Fit;
import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import io.espalier.routes.Binder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A saved network that says what images show. Holds native memory. */
final class Prediction implements AutoCloseable {

    private final Network network;
    private final Program program;

    private Prediction(Network network, Program program) {
        this.network = network;
        this.program = program;
    }

    /**
     * The most probable class of an image.
     *
     * @param name of the class
     * @param probability between 0 and 1
     */
    record Answer(String name, double probability) {}

    /** @throws InputException when the model cannot be read */
    static Prediction open(Path model, Fit fit, Binder binder, Engine engine) {
        if (!Files.isRegularFile(model)) {
            throw new InputException(model + " is no file\n    name a network that `export` wrote");
        }
        Network network = network(read(model, binder), model, fit);
        return new Prediction(network, engine.compile(network, Wanted.PREDICTIONS));
    }

    private static Network network(Pretrained pretrained, Path model, Fit fit) {
        ImageShape input = pretrained.input().orElseThrow(() -> new InputException(
                model + " does not say for which image size it is\n    predict works on what `export` wrote, which says it"));
        Preprocessing preprocessing = new Preprocessing(input, fit, pretrained.normalisation().orElse(pretrained.usual()));
        return Network.of(pretrained.graph(), preprocessing, pretrained.classes().orElse(List.of()));
    }

    private static Pretrained read(Path model, Binder binder) {
        try {
            for (Extension extension : binder.all(ModelReader.class)) {
                ModelReader<Record> reader = reader(extension);
                if (reader.accepts(model)) {
                    return reader.read(model, binder.bind(extension, Map.of()).value());
                }
            }
        } catch (IOException e) {
            throw new InputException(model + " cannot be read: " + e.getMessage() + "\n    look at the file and its permissions", e);
        }
        String known = String.join(", ", binder.all(ModelReader.class).stream().map(Extension::name).toList());
        throw new InputException(model + " is in no known format\n    known are " + known);
    }

    /** The options are of the type that the reader declares: the catalog binds them for it. */
    @SuppressWarnings("unchecked")
    private static ModelReader<Record> reader(Extension extension) {
        return (ModelReader<Record>) extension.instance();
    }

    /** @throws InputException when the image cannot be read or does not fit */
    Answer of(Path image) {
        try (INDArray pixels = Picture.read(image).batch(network.preprocessing());
                INDArray probabilities = program.predict(pixels)) {
            double[] ofClasses = probabilities.toDoubleVector();
            int best = IntStream.range(0, ofClasses.length).reduce((a, b) -> ofClasses[b] > ofClasses[a] ? b : a).orElseThrow();
            String name = best < network.classes().size() ? network.classes().get(best) : "class " + best;
            return new Answer(name, ofClasses[best]);
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
