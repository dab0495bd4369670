package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.routes.Binder;
import io.espalier.routes.authors.AuthorKit;
import io.espalier.routes.authors.PluginKind;
import io.espalier.routes.authors.PluginProject;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins new}: a project for a plugin's author to begin with. */
@Command(name = "new", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "Makes a Maven project with one extension, its test and a pipeline that uses it.")
final class NewCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "Name of the extension, under which pipelines use it, and of the project's folder.")
    private String name;

    @Option(names = "--kind", required = true, paramLabel = "KIND", description = "What it is: criterion, pruner, stage, model-reader or dataset-reader.")
    private String kind;

    @Option(names = "--package", paramLabel = "P", description = "Java package of its class (default: plugins.NAME).")
    private Optional<String> packageName = Optional.empty();

    @Option(names = "--in", paramLabel = "DIR", description = "Folder in which the project's folder is made (default: the current one).")
    private Path parent = Path.of("");

    @Mixin
    private LocalRepositoryOption repository;

    NewCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        PluginKind chosen = kind();
        PluginProject project = new PluginProject(name, chosen, packageName.orElseGet(() -> PluginProject.packageOf(name)));
        requireFree(chosen);
        Path folder = project.writeBelow(parent);
        Path local = repository.path();
        AuthorKit.of(workplace.home()).installInto(local);
        PrintWriter out = spec.commandLine().getOut();
        out.println(folder + " holds the " + chosen.word() + " '" + name + "'; what its build needs of Espalier is in " + local);
        out.println(project.nextSteps(folder));
        return 0;
    }

    private PluginKind kind() {
        return Arrays.stream(PluginKind.values())
                .filter(value -> value.word().equals(kind))
                .findFirst()
                .orElseThrow(() -> new InputException("there is no kind '" + kind + "'\n    the kinds are "
                        + Arrays.stream(PluginKind.values()).map(PluginKind::word).collect(Collectors.joining(", "))));
    }

    /** A second extension of one name would be refused when it is loaded; its author shall know before the first line. */
    private void requireFree(PluginKind chosen) {
        try (Binder binder = workplace.plugins(List.of())) {
            Optional<Extension> taken = binder.all().stream().filter(e -> e.point() == chosen.point() && e.name().equals(name)).findFirst();
            taken.ifPresent(extension -> {
                throw new InputException("the name '" + name + "' is taken: plugin " + extension.plugin().id() + " brings a " + extension.kind()
                        + " of that name\n    choose another; `espalier plugins list` shows those that there are");
            });
        }
    }
}
