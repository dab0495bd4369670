package io.espalier.testkit;

import io.espalier.api.ModelReader;
import java.nio.file.Path;
import java.util.Optional;

/** What every reader of networks promises. */
public abstract class ModelReaderContract extends PluginContract {

    private final Path sample;

    /** @param sample a file or folder that the reader reads */
    protected ModelReaderContract(Class<? extends ModelReader<?>> reader, Path sample) {
        super(reader, ModelReader.class);
        this.sample = sample;
    }

    @Override
    Optional<Path> sample() {
        return Optional.of(sample);
    }
}
