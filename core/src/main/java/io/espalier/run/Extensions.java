package io.espalier.run;

import io.espalier.api.Chosen;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import java.util.List;
import java.util.Map;

/** The extensions at hand, as a run needs them. */
interface Extensions {

    List<Extension.Plugin> plugins();

    List<Extension> all();

    /** An extension with default options. */
    <E> Chosen<E> withDefaults(Class<E> point, Extension extension);

    static Extensions of(Catalog catalog) {
        return new Extensions() {
            @Override
            public List<Extension.Plugin> plugins() {
                return catalog.plugins();
            }

            @Override
            public List<Extension> all() {
                return catalog.all();
            }

            @Override
            public <E> Chosen<E> withDefaults(Class<E> point, Extension extension) {
                BoundOptions bound = catalog.bind(extension, Map.of());
                return new Chosen<>(extension.name(), point.cast(bound.extension().instance()), bound.value());
            }
        };
    }
}
