package io.espalier.data;

import java.util.List;
import java.util.Optional;

/**
 * What a {@code DatasetReader} found: the parts that the source itself has.
 *
 * @param classes names in label order
 * @param train images to train on
 * @param validation the source's own validation part, if it has one
 * @param test the source's own test part, if it has one
 */
public record RawDataset(List<String> classes, Labelled train, Optional<Labelled> validation, Optional<Labelled> test) {

    public RawDataset {
        classes = List.copyOf(classes);
    }
}
