package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pretrained;
import io.espalier.catalog.Extension;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.DataException;
import io.espalier.data.Extent;
import io.espalier.data.Fit;
import io.espalier.data.ImageFile;
import io.espalier.data.ImageShape;
import io.espalier.data.Labelled.Image;
import io.espalier.data.Split;
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
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A saved network that says what images show, prepared as its training images were. Holds native memory. */
final class Prediction implements AutoCloseable {

    /** An image that is to be predicted has no label yet; any will do. */
    private static final int[] NO_LABEL = {0};

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

    /**
     * @param fit what is done with images of another size; as the model says, and else padding, when absent
     * @throws InputException when the model cannot be read, or tells no classes apart
     */
    static Prediction open(Path model, Optional<Fit> fit, Binder binder, Engine engine) {
        if (!Files.isRegularFile(model)) {
            throw new InputException(model + (Files.exists(model) ? " is no file" : " does not exist") + "\n    name a network that `export` wrote");
        }
        Network network = network(read(model, binder), model, fit);
        return new Prediction(network, engine.compile(network, Wanted.PREDICTIONS));
    }

    private static Network network(Pretrained pretrained, Path model, Optional<Fit> fit) {
        ImageShape input = pretrained.input().orElseThrow(() -> new InputException(
                model + " does not say for which image size it is\n    predict works on what `export` wrote, which says it"));
        try {
            Preprocessing preprocessing = new Preprocessing(
                    input, fit.or(pretrained::fit).orElse(Fit.PAD), pretrained.normalisation().orElse(pretrained.usual()));
            Network network = Network.of(pretrained.graph(), preprocessing, pretrained.classes().orElse(List.of()));
            requireHead(network, model);
            return network;
        } catch (IllegalArgumentException e) {
            throw new InputException(model + " cannot be used: " + e.getMessage() + "\n    predict works on what `export` wrote", e);
        }
    }

    private static void requireHead(Network network, Path model) {
        if (!(network.outputTypes().get(network.output()) instanceof InputType.InputTypeFeedForward)) {
            throw new InputException(model + " ends in feature maps and has no head that tells classes apart"
                    + "\n    train one with a pipeline, and predict with what its `export` wrote");
        }
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
        throw new InputException(model + " is in no known format of a network\n    known are " + known);
    }

    /** The options are of the type that the reader declares: the catalog binds them for it. */
    @SuppressWarnings("unchecked")
    private static ModelReader<Record> reader(Extension extension) {
        return (ModelReader<Record>) extension.instance();
    }

    /** @throws InputException when the image cannot be read or does not fit */
    Answer of(Path image) {
        try (Batches batches = batches(image);
                Batch batch = batches.next().orElseThrow();
                INDArray probabilities = program.predict(batch.images())) {
            return answer(probabilities);
        } catch (DataException e) {
            throw refused(image, e.getMessage().replace("fit=", "--fit "), e);
        }
    }

    private static InputException refused(Path image, String why, Exception cause) {
        return new InputException((why.contains(image.toString()) ? "" : image + ": ") + why, cause);
    }

    private Batches batches(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InputException(file + (Files.exists(file) ? " is no file" : " does not exist"));
        }
        Preprocessing preprocessing = network.preprocessing();
        try {
            Image image = preprocessing.fit().apply(ImageFile.read(file), new Extent(preprocessing.input().height(), preprocessing.input().width()));
            Split split = new Split(image.shape(), List.of(image.pixels()), NO_LABEL);
            return Batches.inOrder(split, preprocessing.input().channels(), preprocessing.normalisation(), 1, 1);
        } catch (IOException e) {
            throw refused(file, e.getMessage() + "; predict takes PNG and JPEG files", e);
        }
    }

    private Answer answer(INDArray probabilities) {
        double[] ofClasses = probabilities.reshape(probabilities.length()).toDoubleVector();
        int best = IntStream.range(0, ofClasses.length).reduce((a, b) -> ofClasses[b] > ofClasses[a] ? b : a).orElseThrow();
        String name = best < network.classes().size() ? network.classes().get(best) : "class " + best;
        return new Answer(name, ofClasses[best]);
    }

    @Override
    public void close() {
        program.close();
    }
}
