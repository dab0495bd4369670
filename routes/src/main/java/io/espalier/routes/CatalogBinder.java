package io.espalier.routes;

import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import java.util.List;
import java.util.Map;

/** Binds with the plugins of a catalog, which is closed with it. */
public record CatalogBinder(Catalog catalog) implements Binder {

    @Override
    public Extension find(Class<?> point, String name) {
        return catalog.find(point, name);
    }

    @Override
    public List<Extension> all(Class<?> point) {
        return catalog.all(point);
    }

    @Override
    public List<Extension> all() {
        return catalog.all();
    }

    @Override
    public List<Extension.Plugin> plugins() {
        return catalog.plugins();
    }

    @Override
    public List<OptionDescription> describe(Extension extension) {
        return catalog.describe(extension);
    }

    @Override
    public BoundOptions bind(Extension extension, Map<String, String> given) {
        return catalog.bind(extension, given);
    }

    @Override
    public void close() {
        catalog.close();
    }
}
