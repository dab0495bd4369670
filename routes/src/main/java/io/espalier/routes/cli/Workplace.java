package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.PluginOrigin;
import io.espalier.catalog.Suggestion;
import io.espalier.catalog.TimeLimit;
import io.espalier.routes.Binder;
import io.espalier.routes.PipelineSource;
import io.espalier.routes.plugins.InstalledPlugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the command line works.
 *
 * @param home the distribution: {@code plugins}, {@code pipelines}, {@code assets}
 * @param installed the user's own plugins
 * @param machinery what it works with
 * @param terminal whether a person watches, who can be shown a line that changes
 */
public record Workplace(Path home, InstalledPlugins installed, Machinery machinery, boolean terminal) {

    private static final Path DEFAULT_RUNS = Path.of("runs");

    /** Folder of runs, unless {@code --run-dir} says otherwise. */
    static Path runs() {
        return DEFAULT_RUNS;
    }

    /** The plugins of the distribution, those that the user installed, and those of further folders. */
    Binder plugins(List<Path> given) {
        return plugins(given, TimeLimit.none());
    }

    /** The same with a limit for each call of a plugin that is not the distribution's own. */
    Binder plugins(List<Path> given, TimeLimit limit) {
        List<PluginFolder> folders = new ArrayList<>(List.of(new PluginFolder(home.resolve("plugins"), PluginOrigin.DISTRIBUTION)));
        folders.addAll(installed.folders());
        given.forEach(folder -> folders.add(new PluginFolder(folder, PluginOrigin.GIVEN)));
        try {
            return machinery.plugins(home, folders, limit);
        } catch (InputException e) {
            throw installed.refused(e);
        }
    }

    /** A shipped pipeline by its name, or any by its file. */
    PipelineSource pipeline(String name) {
        Path shipped = home.resolve("pipelines").resolve(name + PipelineSource.SUFFIX);
        if (name.matches("[a-z0-9-]+") && Files.isRegularFile(shipped)) {
            return PipelineSource.of(shipped);
        }
        Path file = Path.of(name);
        if (Files.isRegularFile(file)) {
            return PipelineSource.of(file);
        }
        List<String> names = shipped();
        throw new InputException("there is no pipeline '" + name + "', neither shipped nor as a file" + Suggestion.clause(name, names)
                + "\n    shipped are " + String.join(", ", names));
    }

    private List<String> shipped() {
        Path folder = home.resolve("pipelines");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(file -> file.endsWith(PipelineSource.SUFFIX))
                    .map(file -> file.substring(0, file.length() - PipelineSource.SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InputException(folder + " cannot be read: " + e.getMessage() + "\n    build the distribution again: mvn package", e);
        }
    }
}
