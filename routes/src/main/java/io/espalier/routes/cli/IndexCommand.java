package io.espalier.routes.cli;

import io.espalier.routes.plugins.RepositoryFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins index}: makes a folder of jars a repository. */
@Command(name = "index", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Writes the index plugins.json of a folder of plugin jars, which is a repository then.")
final class IndexCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "Folder of jars, of each plugin as many versions as you like.")
    private Path folder;

    @Override
    public Integer call() {
        spec.commandLine().getOut().println(new RepositoryFolder(folder).writeIndex());
        return 0;
    }
}
