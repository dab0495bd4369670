package io.espalier.routes.plugins;

import io.espalier.api.InputException;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.PluginOrigin;
import io.espalier.catalog.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Installs plugins. A jar is fetched into a folder of its own beside the others, and loaded there with all others, as a run would
 * load it; only then is it moved into its place.
 *
 * @param home the distribution
 * @param installed where they go
 * @param download how they come
 */
public record Installation(Path home, InstalledPlugins installed, Download download) {

    /**
     * What came of it.
     *
     * @param id the plugin's id
     * @param version that is installed now
     * @param before version that was, if any
     * @param jar its file
     */
    public record Done(String id, String version, Optional<String> before, Path jar) {

        public boolean isNew() {
            return !before.equals(Optional.of(version));
        }
    }

    /** @throws InputException when it cannot serve; then nothing is installed */
    public Done file(Path jar) {
        return staged(staging -> {
            try {
                Path copy = staging.resolve(String.valueOf(jar.getFileName()));
                Files.copy(jar, copy);
                return adopt(copy, jar.toString(), Optional.empty());
            } catch (IOException e) {
                throw new InputException(jar + " cannot be copied to " + installed.folder() + " (" + e + ")\n    look at the permissions of both, and the space on the disk", e);
            }
        });
    }

    /** @throws InputException when the repository has no such plugin, or it does not come whole, or cannot serve; then nothing is installed */
    public Done release(Repository repository, String id, Optional<String> version) {
        return install(repository, repository.find(id, version));
    }

    /**
     * The newest release for this Espalier, if that is newer than what is installed.
     *
     * @throws InputException as {@link #release}
     */
    public Done update(Repository repository, String id) {
        Extension.Plugin plugin = Catalog.identify(installed.jar(id), PluginOrigin.INSTALLED);
        Release newest = repository.find(plugin.id(), Optional.empty());
        return Requirement.compare(newest.version(), plugin.version()) > 0
                ? install(repository, newest)
                : new Done(plugin.id(), plugin.version(), Optional.of(plugin.version()), plugin.jar());
    }

    private Done install(Repository repository, Release release) {
        return staged(staging -> {
            String sum = release.sum(download);
            // Not by its id, which is whatever the index says.
            Path copy = staging.resolve("plugin.jar");
            download.to(copy, release.jar());
            String found = Sha512.of(copy);
            if (!found.equalsIgnoreCase(sum)) {
                throw new InputException(release.jar() + " came with the SHA-512 " + brief(found) + " where its repository says " + brief(sum)
                        + "; nothing was installed\n    try again; if that does not help, tell whoever keeps the repository, and don't use the file");
            }
            Extension.Plugin plugin = identify(copy, release.jar().toString());
            if (!plugin.id().equals(release.id()) || !plugin.version().equals(release.version())) {
                throw new InputException(release.jar() + " is the plugin " + plugin.id() + " " + plugin.version() + " where its repository says "
                        + release.id() + " " + release.version() + "; nothing was installed\n    tell whoever keeps the repository");
            }
            return adopt(copy, release.jar().toString(), Optional.of(repository.index().toString()));
        });
    }

    private static String brief(String sum) {
        return sum.substring(0, 16) + "…";
    }

    private Done adopt(Path copy, String source, Optional<String> repository) {
        Extension.Plugin plugin = identify(copy, source);
        Path place = installed.jar(plugin.id());
        Optional<String> before = Files.exists(place) ? Optional.of(version(place)) : Optional.empty();
        check(copy, place, source);
        installed.put(plugin.id(), copy, repository);
        return new Done(plugin.id(), plugin.version(), before, place);
    }

    private static Extension.Plugin identify(Path copy, String source) {
        try {
            return Catalog.identify(copy, PluginOrigin.INSTALLED);
        } catch (InputException e) {
            throw refused(e, copy, source);
        }
    }

    /** A damaged jar is about to be replaced by a good one. */
    private static String version(Path jar) {
        try {
            return Catalog.identify(jar, PluginOrigin.INSTALLED).version();
        } catch (InputException e) {
            return "a damaged jar";
        }
    }

    private void check(Path copy, Path replaced, String source) {
        List<PluginFolder> folders = new ArrayList<>(List.of(new PluginFolder(home.resolve("plugins"), PluginOrigin.DISTRIBUTION)));
        installed.jars().stream().filter(jar -> !jar.equals(replaced)).forEach(jar -> folders.add(new PluginFolder(jar, PluginOrigin.INSTALLED)));
        folders.add(new PluginFolder(copy, PluginOrigin.INSTALLED));
        try {
            Catalog.of(folders, home).close();
        } catch (InputException e) {
            throw refused(installed.refused(e), copy, source);
        }
    }

    /** The user knows the file that the copy was made of. */
    private static InputException refused(InputException reason, Path copy, String source) {
        return new InputException(reason.getMessage().replace(copy.toString(), source) + "\n    nothing was installed", reason);
    }

    private Done staged(Function<Path, Done> work) {
        return installed.locked(() -> {
            try (Staging staging = Staging.in(installed.folder())) {
                return work.apply(staging.folder());
            } catch (IOException e) {
                throw installed.unusable(e);
            }
        });
    }
}
