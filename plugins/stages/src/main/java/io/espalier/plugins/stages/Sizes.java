package io.espalier.plugins.stages;

import io.espalier.api.InputException;
import io.espalier.api.Pretrained;
import io.espalier.data.Extent;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Labelled;
import io.espalier.data.Normalisation;
import io.espalier.data.RawDataset;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.exception.DL4JException;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** Height and width of a network's input. */
final class Sizes {

    private static final int PROBE = 512;

    private Sizes() {}

    /** Reads {@code auto}, {@code 32} or {@code 32x48}. */
    static Optional<Extent> parse(String text) {
        if (text.equals("auto")) {
            return Optional.empty();
        }
        Matcher matcher = Pattern.compile("(\\d{1,5})(?:x(\\d{1,5}))?").matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) == 0) {
            throw new InputException("size=" + text + " is no height and width in pixels, as in size=32 or size=32x48");
        }
        int height = Integer.parseInt(matcher.group(1));
        return Optional.of(new Extent(height, matcher.group(2) == null ? height : Integer.parseInt(matcher.group(2))));
    }

    static Extent choose(Optional<Extent> wished, Pretrained pretrained, RawDataset raw) throws IOException {
        Optional<Extent> said = said(wished, pretrained);
        return said.isPresent() ? said.get() : roundedUp(first(raw.train()), pretrained);
    }

    /** Where there is no data to tell it from. */
    static Extent choose(Optional<Extent> wished, Pretrained pretrained) {
        return said(wished, pretrained).orElseThrow(() -> new InputException(
                "the network takes images of many sizes, and without data it is not known of which; give size="));
    }

    private static Optional<Extent> said(Optional<Extent> wished, Pretrained pretrained) {
        Optional<Extent> own = pretrained.input().map(shape -> new Extent(shape.height(), shape.width()));
        if (wished.isPresent() && own.isPresent() && !wished.equals(own)) {
            throw new InputException("size=" + wished.get() + " was asked for, but the network takes images of " + own.get() + " only");
        }
        return wished.or(() -> own);
    }

    /** The data's size; that of the first image, since another one would be refused or fitted. */
    private static ImageShape first(Labelled images) throws IOException {
        if (images.size() == 0) {
            throw new InputException("the data has no training images");
        }
        return images.image(0).shape();
    }

    /** Rounded up to a multiple of what the network divides height and width by, so that no pixel is cut off on the way. */
    private static Extent roundedUp(ImageShape data, Pretrained pretrained) {
        int factor = reduction(pretrained);
        return new Extent(roundedUp(data.height(), factor), roundedUp(data.width(), factor));
    }

    private static int roundedUp(int pixels, int factor) {
        return (pixels + factor - 1) / factor * factor;
    }

    private static int reduction(Pretrained pretrained) {
        ImageShape probe = new ImageShape(pretrained.channels(), PROBE, PROBE);
        try {
            Network network = Network.of(
                    pretrained.graph().getConfiguration(), Map.of(), new Preprocessing(probe, Fit.PAD, Normalisation.UNIT), List.of());
            long smallest = network.outputTypes().values().stream()
                    .filter(InputType.InputTypeConvolutional.class::isInstance)
                    .mapToLong(t -> ((InputType.InputTypeConvolutional) t).getHeight())
                    .filter(height -> height > 1)
                    .min()
                    .orElse(PROBE);
            return (int) Math.max(1, PROBE / smallest);
        } catch (IllegalStateException | IllegalArgumentException | DL4JException e) {
            throw new InputException("the network takes images of one size only and does not say which; give size=", e);
        }
    }

    /** Number of the network's outputs, unless it ends in feature maps. */
    static OptionalInt outputs(Network network) {
        return network.outputTypes().get(network.output()) instanceof InputType.InputTypeFeedForward end
                ? OptionalInt.of(Math.toIntExact(end.getSize()))
                : OptionalInt.empty();
    }
}
