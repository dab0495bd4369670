package io.espalier.data;

import java.util.List;

/**
 * A data set, divided. The test part is read once, at the end of a run.
 *
 * @param source where it was read from, for people
 * @param digest SHA-256 of images, labels and their order in all parts, hexadecimal
 * @param classes names in label order
 * @param train images to train on
 * @param validation images to stop, guard and choose by
 * @param test images to report on
 * @param note what a reader of the results must know of how it was divided, empty if nothing
 */
public record Dataset(
        String source, String digest, List<String> classes, Split train, Split validation, Split test, String note) {

    public Dataset {
        classes = List.copyOf(classes);
    }

    public Split part(Part part) {
        return switch (part) {
            case TRAIN -> train;
            case VALIDATION -> validation;
            case TEST -> test;
        };
    }

    /** Name of a part of a data set. */
    public enum Part {
        TRAIN,
        VALIDATION,
        TEST
    }
}
