package io.espalier.routes.cli;

import io.espalier.routes.authors.AuthorKit;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code plugins kit}: what builds of plugins need, on a machine where {@code plugins new} did not run. */
@Command(name = "kit", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Puts core and the test kit into Maven's local repository, for builds of plugins on this machine.")
final class KitCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Mixin
    private LocalRepositoryOption repository;

    KitCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        Path local = repository.path();
        AuthorKit.of(workplace.home()).installInto(local);
        spec.commandLine().getOut().println("espalier-core and espalier-testkit are in " + local);
        return 0;
    }
}
