package io.espalier.data;

import io.espalier.data.Dataset.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How what a reader found becomes a data set: who gets which images, and of what size they are.
 *
 * @param division numbers of images
 * @param extent height and width of every image; absent: all must have one size, and it is taken
 * @param fit what is done with images of another size
 * @param skipUnreadable whether unreadable images are left out, named and counted, instead of being an error
 * @param seed of the stratified choices
 */
public record Preparation(Division division, Optional<Extent> extent, Fit fit, boolean skipUnreadable, long seed) {

    /**
     * Chooses the images, decodes those and no others, and brings them to one size.
     *
     * <ul>
     *   <li>Test: the source's own part (its first images if fewer are wished); without one, a stratified part of the
     *       training images, 15 % unless a number is wished.
     *   <li>Validation: the source's own part, or a stratified choice of it; without one, a stratified part of the training
     *       images, 15 % unless a number is wished; or the first images of the test part, which the test leaves out.
     *   <li>Train: what is left of the training part, or a stratified choice of that.
     * </ul>
     *
     * @param source where it was read from, for people
     * @throws DataException when a label is out of range, more images are wished than there are, a class has no training
     *     image, an image cannot be read (unless skipped) or does not fit
     */
    public Dataset prepare(String source, RawDataset raw, DecodingListener listener) {
        int classes = raw.classes().size();
        requireLabels(raw.train(), Part.TRAIN, classes);
        raw.validation().ifPresent(part -> requireLabels(part, Part.VALIDATION, classes));
        raw.test().ifPresent(part -> requireLabels(part, Part.TEST, classes));
        Partition parts = Partition.of(raw, division, seed);
        requireEveryClass(Partition.without(parts.train(), raw.classes()), parts.train().size());

        int images = parts.train().size() + parts.validation().size() + parts.test().size();
        Decoder decoder = new Decoder(extent, fit, skipUnreadable, images, listener);
        Split train = decoder.decode(Part.TRAIN, parts.train());
        Split validation = decoder.decode(Part.VALIDATION, parts.validation());
        Split test = decoder.decode(Part.TEST, parts.test());
        requireEveryClass(absent(train, raw.classes()), train.size());

        List<String> notes = new ArrayList<>(parts.notes());
        decoder.leftOut().ifPresent(notes::add);
        return Dataset.of(source, raw.classes(), train, validation, test, String.join("; ", notes));
    }

    private static void requireLabels(Labelled part, Part name, int classes) {
        if (part.size() == 0) {
            throw new DataException("the " + Decoder.name(name) + " part of the data is empty");
        }
        for (int i = 0; i < part.size(); i++) {
            int label = part.label(i);
            if (label < 0 || label >= classes) {
                throw new DataException(part.name(i) + " of the " + Decoder.name(name) + " part has label " + label
                        + ", but there are " + classes + " classes, 0 to " + (classes - 1));
            }
        }
    }

    private static List<String> absent(Split split, List<String> classes) {
        int[] counts = split.classCounts(classes.size());
        List<String> absent = new ArrayList<>();
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] == 0) {
                absent.add("'" + classes.get(c) + "'");
            }
        }
        return absent;
    }

    private static void requireEveryClass(List<String> absent, int images) {
        if (!absent.isEmpty()) {
            throw new DataException("no training image shows " + String.join(", ", absent) + " (of " + images
                    + " training images): give more training images, or take the class out of the data");
        }
    }
}
