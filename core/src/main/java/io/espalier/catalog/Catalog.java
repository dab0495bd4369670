package io.espalier.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every extension that the plugins at hand bring. Closing it unloads the plugins. */
public final class Catalog implements AutoCloseable {

    /** Loads every plugin jar in the folders. {@code home} is what {@code bundled:NAME} refers to. */
    public static Catalog open(List<Path> folders, Path home) {
        throw new UnsupportedOperationException();
    }

    /** The extension of that point and name; an InputException with "did you mean" when there is none. */
    public Extension find(Class<?> point, String name) {
        throw new UnsupportedOperationException();
    }

    public List<Extension> all() {
        throw new UnsupportedOperationException();
    }

    /** Extensions of a point, by name. */
    public List<Extension> all(Class<?> point) {
        throw new UnsupportedOperationException();
    }

    public List<Extension.Plugin> plugins() {
        throw new UnsupportedOperationException();
    }

    /** Binds options given as text; an {@link OptionException} names the option at fault and the mend. */
    public BoundOptions bind(Extension extension, Map<String, String> given) {
        throw new UnsupportedOperationException();
    }

    /** Every option of an extension, those of the default nested extensions included. */
    public List<OptionDescription> describe(Extension extension) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
