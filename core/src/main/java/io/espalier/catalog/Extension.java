package io.espalier.catalog;

import io.espalier.api.Flow;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An extension that a plugin brings.
 *
 * @param point the extension point, for example {@code Stage}
 * @param name under which pipelines use it
 * @param doc one sentence
 * @param instance the extension itself
 * @param options type of its options record
 * @param flow what it needs and gives
 * @param plugin the plugin that brings it
 */
public record Extension(
        Class<?> point, String name, String doc, Object instance, Class<? extends Record> options, Optional<Flow> flow, Plugin plugin) {

    /** What people call its extension point: {@code stage}, {@code criterion}, {@code model reader} and so on. */
    public String kind() {
        return Point.of(point).noun();
    }

    /** The same, called through something else. */
    Extension with(Object other) {
        return new Extension(point, name, doc, other, options, flow, plugin);
    }

    /**
     * A plugin.
     *
     * @param id PF4J's id
     * @param version its version
     * @param jar the file
     * @param origin how it came to be looked at
     * @param digest SHA-256 of the file, hexadecimal
     * @param description what the plugin says of itself
     */
    public record Plugin(String id, String version, Path jar, PluginOrigin origin, String digest, String description) {}
}
