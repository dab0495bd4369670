package io.espalier.routes.plugins;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.espalier.api.InputException;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.PluginOrigin;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The user's own plugins: one folder, each plugin in it as {@code ID.jar}, and {@code sources.json}, which says from which
 * repository each came. A jar appears in it whole or not at all.
 *
 * @param folder need not be there
 */
public record InstalledPlugins(Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
    private static final String JAR = ".jar";

    /**
     * Where they live: {@code ESPALIER_PLUGINS}, else where the system keeps a user's data.
     *
     * @param environment variables by name
     * @param system its name, {@code Linux} for example
     * @param home the user's home folder
     */
    public static InstalledPlugins of(Map<String, String> environment, String system, Path home) {
        return new InstalledPlugins(named(environment, "ESPALIER_PLUGINS").map(Path::of)
                .orElseGet(() -> data(environment, system, home).resolve("espalier").resolve("plugins")));
    }

    private static Path data(Map<String, String> environment, String system, Path home) {
        if (system.startsWith("Windows")) {
            return named(environment, "LOCALAPPDATA").map(Path::of).orElse(home.resolve("AppData/Local"));
        }
        Path usual = system.startsWith("Mac") ? home.resolve("Library/Application Support") : home.resolve(".local/share");
        // The standard has relative paths ignored.
        return named(environment, "XDG_DATA_HOME").map(Path::of).filter(Path::isAbsolute).orElse(usual);
    }

    private static Optional<String> named(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** For the catalog; none before the first plugin is installed. */
    public List<PluginFolder> folders() {
        return Files.isDirectory(folder) ? List.of(new PluginFolder(folder, PluginOrigin.INSTALLED)) : List.of();
    }

    List<Path> jars() {
        try {
            return Files.isDirectory(folder) ? folders().get(0).jars() : List.of();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Ids of the plugins. */
    public List<String> ids() {
        return jars().stream().map(InstalledPlugins::id).toList();
    }

    private static String id(Path jar) {
        String name = jar.getFileName().toString();
        return name.substring(0, name.length() - JAR.length());
    }

    Path jar(String id) {
        return folder.resolve(id + JAR);
    }

    /** What is said of a plugin that cannot serve, and, if it is one of these, how to be rid of it. */
    public InputException refused(InputException reason) {
        return jars().stream()
                .filter(jar -> reason.getMessage().contains(jar.toString()))
                .findFirst()
                .map(jar -> new InputException(reason.getMessage() + "\n    it is installed; `espalier plugins remove " + id(jar) + "` takes it away", reason))
                .orElse(reason);
    }

    /** The repository that a plugin came from. */
    public Optional<String> source(String id) {
        return Optional.ofNullable(sources().get(id));
    }

    private Map<String, String> sources() {
        Path file = sourcesFile();
        try {
            return Files.exists(file) ? new TreeMap<>(JSON.readValue(file.toFile(), new TypeReference<Map<String, String>>() {})) : new TreeMap<>();
        } catch (JsonProcessingException e) {
            throw new InputException(file + " does not say where plugins came from: " + e.getOriginalMessage() + "\n    delete it, and name --repository once more", e);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private Path sourcesFile() {
        return folder.resolve("sources.json");
    }

    /** Puts a checked jar, which lies in this folder already, in its place. A crash leaves the old plugin or the new one. */
    void put(String id, Path staged, Optional<String> repository) {
        try {
            Map<String, String> sources = sources();
            sources.remove(id);
            repository.ifPresent(place -> sources.put(id, place));
            write(sources, staged.getParent());
            Files.move(staged, jar(id), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private void write(Map<String, String> sources, Path staging) throws IOException {
        Path file = staging.resolve("sources.json");
        JSON.writeValue(file.toFile(), sources);
        Files.move(file, sourcesFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @return the jar that was taken away, if the plugin was there */
    public Optional<Path> remove(String id) {
        return !Files.isDirectory(folder) ? Optional.empty() : locked(() -> {
            Optional<Path> jar = jars().stream().filter(file -> id(file).equals(id)).findFirst();
            try {
                if (jar.isPresent()) {
                    Files.delete(jar.get());
                }
                return jar;
            } catch (IOException e) {
                throw unusable(e);
            }
        });
    }

    /** One process at a time changes the folder. */
    <T> T locked(Supplier<T> work) {
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                if (lock == null) {
                    throw busy();
                }
                return work.get();
            }
        } catch (OverlappingFileLockException e) {
            throw busy();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private InputException busy() {
        return new InputException("another process is changing the plugins in " + folder + "\n    wait until it is done, then try again");
    }

    InputException unusable(IOException reason) {
        return new InputException("the folder of installed plugins " + folder + " cannot be used (" + reason
                + ")\n    look at its permissions and the space on its disk, or set ESPALIER_PLUGINS to another folder", reason);
    }
}
