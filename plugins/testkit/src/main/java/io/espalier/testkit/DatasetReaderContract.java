package io.espalier.testkit;

import io.espalier.api.DatasetReader;
import java.nio.file.Path;
import java.util.Optional;

/** What every reader of labelled images promises. */
public abstract class DatasetReaderContract extends PluginContract {

    private final Path sample;

    /** @param sample a file or folder that the reader reads */
    protected DatasetReaderContract(Class<? extends DatasetReader<?>> reader, Path sample) {
        super(reader, DatasetReader.class);
        this.sample = sample;
    }

    @Override
    Optional<Path> sample() {
        return Optional.of(sample);
    }
}
