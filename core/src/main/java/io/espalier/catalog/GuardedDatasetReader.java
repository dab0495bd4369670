package io.espalier.catalog;

import io.espalier.api.DatasetReader;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Path;

/** A reader of images as another extension gets it: what is not said in words bears the name of its plugin. */
record GuardedDatasetReader(DatasetReader<Record> reader, GuardedCall call) implements DatasetReader<Record> {

    @Override
    public boolean accepts(Path source) throws IOException {
        return call.onFile(() -> reader.accepts(source));
    }

    @Override
    public RawDataset read(Path source, Record options) throws IOException {
        return call.onFile(() -> reader.read(source, options));
    }
}
