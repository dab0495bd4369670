package io.espalier.routes.cli;

import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.routes.Pipeline.CheckedStage;
import io.espalier.routes.PipelineCheck;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code explain}: the stages of a pipeline with every option, and where its value comes from. */
@Command(name = "explain", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints the stages of a pipeline with all options and where each value comes from; runs nothing.")
final class ExplainCommand implements Callable<Integer> {

    private static final String NOTHING = "-";

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
            print(checked.stages(), spec.commandLine().getOut());
            return 0;
        }
    }

    /** Every stage's columns are as wide as the widest of all, so that the origins stand in one line down the page. */
    private static void print(List<CheckedStage> stages, PrintWriter out) {
        int name = widest(stages, BoundOptions.Entry::name);
        int value = widest(stages, ExplainCommand::shown);
        String row = "    %-" + (name + 2) + "s%-" + (value + 2) + "s%s";
        for (CheckedStage stage : stages) {
            BoundOptions bound = stage.options();
            Extension.Plugin plugin = bound.extension().plugin();
            out.println("stage:" + bound.extension().name() + "  (" + stage.place() + ", plugin " + plugin.id() + " " + plugin.version() + ")");
            bound.entries().forEach(entry -> out.println(String.format(row, entry.name(), shown(entry), stage.origin(entry.name())).stripTrailing()));
        }
    }

    private static int widest(List<CheckedStage> stages, Function<BoundOptions.Entry, String> column) {
        return stages.stream().flatMap(stage -> stage.options().entries().stream()).map(column).mapToInt(String::length).max().orElse(0);
    }

    private static String shown(BoundOptions.Entry entry) {
        return entry.value().isEmpty() ? NOTHING : entry.value();
    }
}
