package io.espalier.routes.cli;

import io.espalier.routes.Binder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The option {@code --plugins}. */
final class PluginFolders {

    @Option(names = "--plugins", paramLabel = "DIR", description = "A folder with further plugin jars; may be given several times.")
    private List<Path> folders = new ArrayList<>();

    Binder open(Workplace workplace) {
        return workplace.plugins(folders);
    }

    /** Those of the command line after others, each once. */
    List<Path> after(List<Path> others) {
        return Stream.concat(others.stream(), folders.stream()).map(folder -> folder.toAbsolutePath().normalize()).distinct().toList();
    }
}
