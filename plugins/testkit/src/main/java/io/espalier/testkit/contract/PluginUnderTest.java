package io.espalier.testkit.contract;

import io.espalier.api.InputException;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A plugin's jar, loaded as a run would load it. Closing it unloads the plugin. */
public final class PluginUnderTest implements AutoCloseable {

    private final Path jar;
    private final Path others;
    private final Path home;
    private final Catalog catalog;

    private PluginUnderTest(Path jar, Path others, Path home, Catalog catalog) {
        this.jar = jar;
        this.others = others;
        this.home = home;
        this.catalog = catalog;
    }

    /**
     * Loads a plugin.
     *
     * @param jar the plugin
     * @param others a folder of plugins that its options may name; may hold the jar itself
     * @param home what {@code bundled:} stands for
     * @param work an empty folder, in which the jar is alone
     * @throws InputException when it is no plugin, or not whole; names the jar and the mend
     */
    public static PluginUnderTest open(Path jar, Path others, Path home, Path work) {
        return new PluginUnderTest(jar, others, home, Catalog.open(List.of(others, alone(jar, others, work)), home));
    }

    /** A folder with the jar and nothing else; empty if it is among the others already. */
    private static Path alone(Path jar, Path others, Path work) {
        try {
            Path folder = Files.createDirectories(work.resolve("plugin"));
            if (!isAmong(jar, others)) {
                Files.copy(jar, folder.resolve(jar.getFileName().toString()));
            }
            return folder;
        } catch (IOException e) {
            throw new InputException("plugin " + jar + ": cannot be read (" + e + "); name the jar that the build made", e);
        }
    }

    private static boolean isAmong(Path jar, Path folder) throws IOException {
        Path real = jar.toRealPath();
        try (Stream<Path> content = Files.list(folder)) {
            for (Path other : content.toList()) {
                if (other.toRealPath().equals(real)) {
                    return true;
                }
            }
        }
        return false;
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
            return other.getFileName().equals(jar.getFileName()) && Files.mismatch(other, jar) < 0;
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

    Path others() {
        return others;
    }

    Path home() {
        return home;
    }

    @Override
    public void close() {
        catalog.close();
    }
}
