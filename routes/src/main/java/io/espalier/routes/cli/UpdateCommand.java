package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.routes.plugins.Installation;
import io.espalier.routes.plugins.InstalledPlugins;
import io.espalier.routes.plugins.Repository;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins update}: newer versions of what was installed from repositories. */
@Command(name = "update", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Installs newer versions of installed plugins, from where they came or from the repository named.")
final class UpdateCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "ID", description = "One plugin only.")
    private Optional<String> id = Optional.empty();

    @Mixin
    private RepositoryOptions repository;

    UpdateCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    /** One plugin that cannot be updated does not keep the others from it. */
    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<String> ids = ids();
        if (ids.isEmpty()) {
            out.println("No plugin is installed in " + workplace.installed().folder());
        }
        long failed = ids.stream().filter(one -> !isUpdated(one, out)).count();
        return failed == 0 ? 0 : Failure.INPUT;
    }

    private List<String> ids() {
        InstalledPlugins installed = workplace.installed();
        List<String> all = installed.ids();
        if (id.isEmpty()) {
            return all;
        }
        if (!all.contains(id.get())) {
            throw RemoveCommand.notInstalled(id.get(), installed);
        }
        return List.of(id.get());
    }

    private boolean isUpdated(String one, PrintWriter out) {
        try {
            Optional<String> place = repository.place().or(() -> workplace.installed().source(one));
            if (place.isEmpty() && id.isEmpty()) {
                out.println(one + " stays as it is: it was installed from a file, not from a repository");
                return true;
            }
            String from = place.orElseThrow(() -> new InputException(
                    one + " was installed from a file, not from a repository\n    install its new jar, or give --repository URL|DIR"));
            Installation.Done done = new Installation(workplace.home(), workplace.installed(), repository.download())
                    .update(Repository.open(from, repository.download()), one);
            out.println(done.isNew() ? InstallCommand.text(done) : done.id() + " " + done.version() + " is the newest for this Espalier in " + from);
            return true;
        } catch (InputException e) {
            Main.failure(spec).report(e);
            return false;
        }
    }
}
