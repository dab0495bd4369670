package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.api.ModelCard;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * Networks that DL4J's {@code ModelSerializer} saved: a {@code ComputationGraph}, or a {@code MultiLayerNetwork}, which
 * becomes one. If Espalier exported the file, its model card says which images the network takes and how they are
 * normalised; else that is told from the layers as far as they say.
 */
@Extension
@Named(value = "dl4j", doc = "Networks saved by DL4J's ModelSerializer (zip).")
public final class Dl4jReader implements ModelReader<NoOptions> {

    @Override
    public boolean accepts(Path file) throws IOException {
        return Dl4jZip.accepts(file);
    }

    @Override
    public Pretrained read(Path file, NoOptions options) throws IOException {
        try (Dl4jZip zip = Dl4jZip.open(file)) {
            Optional<ModelCard> card = zip.optionalText(Dl4jZip.CARD).map(text -> ModelCard.parse(file + ": its " + Dl4jZip.CARD, text));
            return read(file, zip, card, Dl4jConfiguration.parse(file, zip.text(Dl4jZip.CONFIGURATION)));
        }
    }

    private static Pretrained read(Path file, Dl4jZip zip, Optional<ModelCard> card, ComputationGraphConfiguration configuration)
            throws IOException {
        try {
            ImageClassifier.require(file, configuration);
            InputSize size = new InputSize(file, configuration);
            Optional<ImageShape> unflattened = size.unflattened();
            int channels = size.channels();
            Optional<ImageShape> input = card.map(ModelCard::input).or(() -> unflattened).or(() -> size.solve(channels));
            requireChannels(file, channels, input);
            return new Pretrained(
                    graph(file, zip, configuration),
                    channels,
                    input,
                    card.map(ModelCard::normalisation),
                    card.map(ModelCard::fit),
                    Normalisation.UNIT,
                    card.flatMap(ModelCard::namedClasses));
        } catch (InputException e) {
            throw e;
        } catch (RuntimeException e) {
            // DL4J takes a configuration's word for everything; what is missing or absurd shows as whatever breaks first.
            throw new InputException(file + ": its " + Dl4jZip.CONFIGURATION + " describes no network that DL4J can make: "
                    + Causes.first(e) + ". Save the network again", e);
        }
    }

    private static void requireChannels(Path file, int channels, Optional<ImageShape> input) {
        if (input.isPresent() && input.get().channels() != channels) {
            throw new InputException(file + " says that it takes images of " + input.get() + ", but its first layer reads "
                    + channels + " channels. Save the network again");
        }
    }

    private static ComputationGraph graph(Path file, Dl4jZip zip, ComputationGraphConfiguration configuration) throws IOException {
        long length = Dl4jConfiguration.parameters(configuration);
        INDArray parameters = zip.read(Dl4jZip.COEFFICIENTS, in -> Coefficients.read(file, in, length));
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init(parameters, false);
        return graph;
    }
}
