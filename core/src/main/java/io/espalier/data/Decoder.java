package io.espalier.data;

import io.espalier.data.Dataset.Part;
import io.espalier.data.Labelled.Image;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Decodes the chosen images of one data set, all to the same shape. */
final class Decoder {

    private final Fit fit;
    private final boolean skipUnreadable;
    private final int all;
    private final DecodingListener listener;
    private final Map<Part, Integer> unreadable = new EnumMap<>(Part.class);
    private final boolean sizeWished;
    private Optional<Extent> extent;
    private int channels;
    private int done;

    /**
     * @param extent height and width to bring images to; absent: those of the first one, which all must have
     * @param all images to decode, of all parts together
     */
    Decoder(Optional<Extent> extent, Fit fit, boolean skipUnreadable, int all, DecodingListener listener) {
        this.extent = extent;
        this.sizeWished = extent.isPresent();
        this.fit = fit;
        this.skipUnreadable = skipUnreadable;
        this.all = all;
        this.listener = listener;
    }

    static String name(Part part) {
        return part == Part.TRAIN ? "training" : part.name().toLowerCase(Locale.ROOT);
    }

    Split decode(Part part, Partition.Chosen chosen) {
        List<byte[]> images = new ArrayList<>(chosen.size());
        List<Integer> labels = new ArrayList<>(chosen.size());
        for (int index : chosen.indices()) {
            Optional<Image> image = read(part, chosen.source(), index);
            if (image.isPresent()) {
                images.add(fitted(image.get(), chosen.source().name(index) + " of the " + name(part) + " part").pixels());
                labels.add(chosen.source().label(index));
            }
            listener.decoded(++done, all);
        }
        if (images.isEmpty()) {
            throw new DataException("none of the " + chosen.size() + " images of the " + name(part) + " part can be read");
        }
        Extent size = extent.orElseThrow();
        ImageShape shape = new ImageShape(channels, size.height(), size.width());
        return new Split(shape, images, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private Optional<Image> read(Part part, Labelled source, int index) {
        try {
            return Optional.of(source.image(index));
        } catch (IOException problem) {
            if (!skipUnreadable) {
                throw new DataException(
                        problem.getMessage() + "; mend or remove it, or leave unreadable images out with --skip-unreadable", problem);
            }
            unreadable.merge(part, 1, Integer::sum);
            listener.unreadable(part, problem);
            return Optional.empty();
        }
    }

    private Image fitted(Image image, String place) {
        ImageShape shape = image.shape();
        if (extent.isEmpty()) {
            extent = Optional.of(Extent.of(shape));
        }
        if (channels == 0) {
            channels = shape.channels();
        }
        if (channels != shape.channels()) {
            throw new DataException(place + " has " + shape.channels() + " channels where others have " + channels);
        }
        if (!sizeWished && !Extent.of(shape).equals(extent.get())) {
            throw new DataException(place + " is " + Extent.of(shape) + " where others are " + extent.get()
                    + "; give size=… and fit=pad or fit=resize");
        }
        try {
            return fit.apply(image, extent.get());
        } catch (DataException refusal) {
            throw new DataException(place + ": " + refusal.getMessage(), refusal);
        }
    }

    /** How many images could not be read, in words; empty if all could. */
    Optional<String> leftOut() {
        return unreadable.isEmpty()
                ? Optional.empty()
                : Optional.of("left out as unreadable: " + unreadable.entrySet().stream()
                        .map(e -> e.getValue() + " " + name(e.getKey()))
                        .collect(Collectors.joining(", ")));
    }
}
