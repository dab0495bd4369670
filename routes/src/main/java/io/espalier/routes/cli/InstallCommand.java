package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.routes.plugins.Installation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins install}: a plugin for every run of this user. */
@Command(name = "install", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Installs a plugin from its jar, or by its id from a repository. What cannot serve is not installed.")
final class InstallCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "JAR|ID[@VERSION]", description = "A jar, or the id of a plugin in the repository: its newest version for this Espalier, or the one named.")
    private String plugin;

    @Mixin
    private RepositoryOptions repository;

    InstallCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        Installation.Done done = install(new Installation(workplace.home(), workplace.installed(), repository.download()));
        spec.commandLine().getOut().println(text(done));
        return 0;
    }

    private Installation.Done install(Installation installation) {
        Path file = Path.of(plugin);
        if (Files.isRegularFile(file)) {
            return installation.file(file);
        }
        if (plugin.endsWith(".jar") || plugin.contains("/")) {
            throw new InputException("there is no jar '" + plugin + "' in " + Path.of("").toAbsolutePath() + "\n    name one, or the id of a plugin in a --repository");
        }
        int at = plugin.indexOf('@');
        return at < 0
                ? installation.release(repository.open(), plugin, Optional.empty())
                : installation.release(repository.open(), plugin.substring(0, at), Optional.of(plugin.substring(at + 1)));
    }

    static String text(Installation.Done done) {
        String version = done.before().filter(before -> done.isNew()).map(before -> before + " -> ").orElse("") + done.version();
        return done.id() + " " + version + "  " + done.jar();
    }
}
