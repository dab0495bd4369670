package io.espalier.routes.cli;

import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.routes.PipelineCheck;
import io.espalier.routes.PipelineContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code validate}: everything that can be found wrong without running anything. */
@Command(name = "validate", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Checks a pipeline and all its options; runs nothing.")
final class ValidateCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PIPELINE", description = "Name or file of the pipeline.")
    private String pipeline;

    @Mixin
    private PipelineArguments arguments;

    @Mixin
    private PluginFolders plugins;

    ValidateCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        try (Binder binder = plugins.open(workplace)) {
            Pipeline checked = PipelineCheck.check(workplace.pipeline(pipeline), arguments.parameters(), binder);
            loadIntoCamel(checked, binder);
            spec.commandLine().getOut().println(checked.source().file() + " is right: " + checked.stages().size() + " stages");
            return 0;
        }
    }

    private static void loadIntoCamel(Pipeline checked, Binder binder) {
        PipelineContext.open(checked, binder, (stage, candidate, place, branch) -> {
            throw new IllegalStateException("nothing runs while a pipeline is validated");
        }).close();
    }
}
