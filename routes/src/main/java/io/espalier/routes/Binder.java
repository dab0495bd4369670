package io.espalier.routes;

import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import java.util.List;
import java.util.Map;

/** What the routes ask of the extensions at hand; {@link io.espalier.catalog.Catalog} answers. */
public interface Binder extends AutoCloseable {

    /** The extension of that point and name; an InputException with "did you mean" when there is none. */
    Extension find(Class<?> point, String name);

    /** Extensions of a point, by name. */
    List<Extension> all(Class<?> point);

    List<Extension> all();

    List<Extension.Plugin> plugins();

    List<OptionDescription> describe(Extension extension);

    /** Binds options given as text; an {@link io.espalier.catalog.OptionException} names the option at fault and the mend. */
    BoundOptions bind(Extension extension, Map<String, String> given);

    @Override
    void close();
}
