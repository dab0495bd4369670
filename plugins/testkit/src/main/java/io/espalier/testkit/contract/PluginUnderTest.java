package io.espalier.testkit.contract;

import io.espalier.api.InputException;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.PluginOrigin;
import io.espalier.catalog.TimeLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A plugin's jar, loaded as a run would load it. Closing it unloads the plugin. */
public final class PluginUnderTest implements AutoCloseable {

    private final Path jar;
    private final Catalog catalog;

    private PluginUnderTest(Path jar, Catalog catalog) {
        this.jar = jar;
        this.catalog = catalog;
    }

    /**
     * Loads a plugin.
     *
     * @param jar the plugin
     * @param others a folder of plugins that its options may name; may hold the jar itself
     * @param home what {@code bundled:} stands for
     * @throws InputException when it is no plugin, or not whole; names the jar and the mend
     */
    public static PluginUnderTest open(Path jar, Path others, Path home) {
        List<PluginFolder> folders = List.of(new PluginFolder(others, PluginOrigin.DISTRIBUTION), new PluginFolder(jar, PluginOrigin.GIVEN));
        return new PluginUnderTest(jar, Catalog.of(folders, home, TimeLimit.none()));
    }

    /** What the jar itself promises. */
    public List<Claim> claims() {
        return new JarClaims(this).all();
    }

    /** The extensions that it brings. */
    public List<Extension> extensions() {
        return catalog.all().stream().filter(extension -> isThis(extension.plugin().jar())).toList();
    }

    private boolean isThis(Path other) {
        try {
            return Files.isSameFile(other, jar);
        } catch (IOException e) {
            throw new UncheckedIOException("plugin " + jar + " cannot be read again", e);
        }
    }

    public Catalog catalog() {
        return catalog;
    }

    Path jar() {
        return jar;
    }

    @Override
    public void close() {
        catalog.close();
    }
}
