package io.espalier.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where plugins are looked for.
 *
 * @param path a folder of jars, or one jar alone
 * @param origin of the plugins in it
 */
public record PluginFolder(Path path, PluginOrigin origin) {

    /** In order of their names. */
    public List<Path> jars() throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        try (Stream<Path> content = Files.list(path)) {
            return content.filter(PluginFolder::isJar).sorted().toList();
        }
    }

    private static boolean isJar(Path path) {
        return path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".jar");
    }
}
