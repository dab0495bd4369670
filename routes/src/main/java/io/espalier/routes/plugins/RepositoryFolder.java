package io.espalier.routes.plugins;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.espalier.api.InputException;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.PluginOrigin;
import io.espalier.catalog.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder of plugin jars that is to be a repository, as it is or behind a web server.
 *
 * @param folder holds the jars, of each plugin as many versions as there are
 */
public record RepositoryFolder(Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * Writes the index of all jars in the folder, whole or not at all.
     *
     * @return the index
     * @throws InputException when a jar is no plugin, or two are the same version of one
     */
    public Path writeIndex() {
        Map<String, Map<String, Object>> plugins = new TreeMap<>();
        Map<String, TreeMap<String, Path>> jars = jars();
        jars.forEach((id, versions) -> plugins.put(id, plugin(id, versions)));
        try {
            Path whole = folder.resolve("." + Repository.INDEX);
            JSON.writeValue(whole.toFile(), plugins.values());
            return Files.move(whole, folder.resolve(Repository.INDEX), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private Map<String, TreeMap<String, Path>> jars() {
        Map<String, TreeMap<String, Path>> jars = new TreeMap<>();
        for (Path jar : files()) {
            Extension.Plugin plugin = Catalog.identify(jar, PluginOrigin.GIVEN);
            Path other = jars.computeIfAbsent(plugin.id(), id -> new TreeMap<>(Requirement::compare)).putIfAbsent(plugin.version(), jar);
            if (other != null) {
                throw new InputException("plugin " + jar + ": is " + plugin.id() + " " + plugin.version() + ", and so is " + other
                        + "; take one of the two away, or give it another version");
            }
        }
        return jars;
    }

    private List<Path> files() {
        try {
            return new PluginFolder(folder, PluginOrigin.GIVEN).jars();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private InputException unusable(IOException reason) {
        return new InputException("the folder " + folder.toAbsolutePath() + " cannot be used (" + reason + ")\n    name a folder of plugin jars that you may write to", reason);
    }

    private static Map<String, Object> plugin(String id, TreeMap<String, Path> versions) {
        List<Map<String, Object>> releases = new ArrayList<>();
        versions.forEach((version, jar) -> releases.add(release(version, jar)));
        Map<String, Object> plugin = new LinkedHashMap<>();
        plugin.put("id", id);
        plugin.put("description", Catalog.identify(versions.lastEntry().getValue(), PluginOrigin.GIVEN).description());
        plugin.put("releases", releases);
        return plugin;
    }

    private static Map<String, Object> release(String version, Path jar) {
        try {
            Map<String, Object> release = new LinkedHashMap<>();
            release.put("version", version);
            release.put("date", LocalDate.ofInstant(Files.getLastModifiedTime(jar).toInstant(), ZoneOffset.UTC).toString());
            release.put("requires", Catalog.requirement(jar).text());
            release.put("url", jar.getParent().toUri().relativize(jar.toUri()).toString());
            release.put("sha512sum", Sha512.of(jar));
            return release;
        } catch (IOException e) {
            throw new InputException(jar + " cannot be read: " + e.getMessage() + "; look at its permissions", e);
        }
    }
}
