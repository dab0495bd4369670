package io.espalier.plugins.onnx.read;

import io.espalier.api.ModelCard;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.pf4j.Extension;

/**
 * Classifiers and their backbones in ONNX, opset 9 to 21, as PyTorch's exporters, tf2onnx and Keras write them. If Espalier
 * exported the file, the card in its metadata says which images the network takes and how they are normalised.
 */
@Extension
@Named(value = "onnx", doc = "Convolutional networks in ONNX, opset 9 to 21.")
public final class OnnxReader implements ModelReader<NoOptions> {

    /** Under which a file's metadata holds Espalier's model card. */
    private static final String CARD = "espalier";

    private static final int PREFIX = 1 << 12;

    @Override
    public boolean accepts(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Signature.isOnnx(in.readNBytes(PREFIX));
        }
    }

    @Override
    public Pretrained read(Path path, NoOptions options) throws IOException {
        return read(ModelFile.open(path));
    }

    static Pretrained read(ModelFile file) throws IOException {
        try {
            Graph graph = Graph.of(file);
            Sizing.Sized sized = new Sizing(graph).solve();
            return pretrained(file, sized);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Pretrained pretrained(ModelFile file, Sizing.Sized sized) {
        Optional<ModelCard> card = file.metadata(CARD).map(text -> ModelCard.parse(file.path() + ": the card in its metadata", text));
        Extents extents = sized.parts().images().extents();
        int channels = (int) extents.channels();
        ImageShape own = new ImageShape(channels, (int) extents.height(), (int) extents.width());
        Optional<ImageShape> input = sized.isFree() ? card.map(ModelCard::input) : Optional.of(own);
        card.ifPresent(c -> requireFits(file, c, own, sized.isFree()));
        return new Pretrained(
                new Assembly(file, sized.parts()).graph(),
                channels,
                input,
                card.map(ModelCard::normalisation),
                card.map(ModelCard::fit),
                usual(sized.parts()),
                card.flatMap(ModelCard::namedClasses));
    }

    /** What the images are to be before the first operation: what torchvision's networks expect, unless the file scales them itself. */
    private static Normalisation usual(Parts parts) {
        return parts.scaling().map(own -> own.takesPixelValues() ? Normalisation.NONE : Normalisation.UNIT).orElse(Normalisation.TORCH);
    }

    private static void requireFits(ModelFile file, ModelCard card, ImageShape own, boolean isFree) {
        if (card.input().channels() != own.channels() || !isFree && !card.input().equals(own)) {
            throw file.refused("its card says that it takes images of " + card.input() + ", but its graph takes " + own, "Export the network again");
        }
    }
}
