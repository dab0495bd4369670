package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.Suggestion;
import io.espalier.routes.plugins.InstalledPlugins;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins remove}: takes an installed plugin away, also one that cannot be loaded. */
@Command(name = "remove", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Takes an installed plugin away.")
final class RemoveCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", description = "Id of an installed plugin.")
    private String id;

    RemoveCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        Path jar = workplace.installed().remove(id).orElseThrow(() -> notInstalled(id, workplace.installed()));
        spec.commandLine().getOut().println(id + " is removed: " + jar);
        return 0;
    }

    static InputException notInstalled(String id, InstalledPlugins installed) {
        List<String> ids = installed.ids();
        return new InputException("no plugin '" + id + "' is installed in " + installed.folder() + Suggestion.clause(id, ids)
                + "\n    installed are " + (ids.isEmpty() ? "none; those of the distribution and of --plugins are not installed" : String.join(", ", ids)));
    }
}
