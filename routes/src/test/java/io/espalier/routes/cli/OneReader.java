package io.espalier.routes.cli;

import io.espalier.api.ModelReader;
import io.espalier.api.NoOptions;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.PluginOrigin;
import io.espalier.routes.Binder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A single reader of networks at hand. */
record OneReader(ModelReader<NoOptions> reader) implements Binder {

    private static final Extension.Plugin PLUGIN = new Extension.Plugin("one", "1.0.0", Path.of("one.jar"), PluginOrigin.GIVEN, "digest", "");

    private Extension extension() {
        return new Extension(ModelReader.class, "tiny", "a test's own format", reader, NoOptions.class, Optional.empty(), PLUGIN);
    }

    @Override
    public Extension find(Class<?> point, String name) {
        return extension();
    }

    @Override
    public List<Extension> all(Class<?> point) {
        return List.of(extension());
    }

    @Override
    public List<Extension> all() {
        return List.of(extension());
    }

    @Override
    public List<Extension.Plugin> plugins() {
        return List.of(PLUGIN);
    }

    @Override
    public List<OptionDescription> describe(Extension extension) {
        return List.of();
    }

    @Override
    public BoundOptions bind(Extension extension, Map<String, String> given) {
        return new BoundOptions(extension, new NoOptions(), List.of(), Set.of(), List.of(extension));
    }

    @Override
    public void close() {}
}
