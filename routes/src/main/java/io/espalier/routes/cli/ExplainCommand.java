package io.espalier.routes.cli;

import io.espalier.catalog.BoundOptions;
import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.routes.Pipeline.CheckedStage;
import io.espalier.routes.PipelineCheck;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code explain}: the stages of a pipeline with every option, and where its value comes from. */
@Command(name = "explain", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints the stages of a pipeline with all options and where each value comes from; runs nothing.")
final class ExplainCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PIPELINE", description = "Name or file of the pipeline.")
    private String pipeline;

    @Mixin
    private PipelineArguments arguments;

    @Mixin
    private PluginFolders plugins;

    ExplainCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        try (Binder binder = plugins.open(workplace)) {
            Pipeline checked = PipelineCheck.check(workplace.pipeline(pipeline), arguments.parameters(), binder);
            PrintWriter out = spec.commandLine().getOut();
            checked.stages().forEach(stage -> print(stage, out));
            return 0;
        }
    }

    private static void print(CheckedStage stage, PrintWriter out) {
        BoundOptions bound = stage.options();
        out.println("stage:" + bound.extension().name() + "  (" + stage.place() + ", plugin " + bound.extension().plugin().id() + " "
                + bound.extension().plugin().version() + ")");
        int name = bound.entries().stream().mapToInt(entry -> entry.name().length()).max().orElse(0);
        int value = bound.entries().stream().mapToInt(entry -> entry.value().length()).max().orElse(0);
        for (BoundOptions.Entry entry : bound.entries()) {
            out.println(String.format("    %-" + (name + 2) + "s%-" + (value + 2) + "s%s", entry.name(), entry.value(), stage.origin(entry.name())).stripTrailing());
        }
    }
}
