package io.espalier.catalog;

import io.espalier.api.ModelReader;
import io.espalier.api.Pretrained;
import java.io.IOException;
import java.nio.file.Path;

/** A reader of networks as another extension gets it: what is not said in words bears the name of its plugin. */
record GuardedModelReader(ModelReader<Record> reader, GuardedCall call) implements ModelReader<Record> {

    @Override
    public boolean accepts(Path file) throws IOException {
        return call.onFile(() -> reader.accepts(file));
    }

    @Override
    public Pretrained read(Path file, Record options) throws IOException {
        return call.onFile(() -> reader.read(file, options));
    }
}
