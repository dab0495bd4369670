package io.espalier.routes.cli;

import io.espalier.catalog.Suggestion;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.onednn.FastestEngine;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.routes.plugins.InstalledPlugins;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 the run failed, 2 the input was wrong. */
@Command(name = "espalier", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Makes pretrained convolutional networks small for a new task.",
        footer = {"", "Exit codes: 0 done, 1 the run failed, 2 the input was wrong, 130 interrupted."})
public final class Main implements Runnable {

    static final Map<String, Function<Consumer<String>, Engine>> ENGINES = Map.of(
            FastestEngine.NAME, FastestEngine::new,
            OneDnnEngine.NAME, says -> new OneDnnEngine(),
            "dl4j", says -> new Dl4jEngine());

    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Shows where in the program an error came from.")
    private boolean verbose;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do");
    }

    public static void main(String[] arguments) {
        Path home = Path.of(System.getProperty("espalier.home", "routes/target/distribution"));
        InstalledPlugins installed = InstalledPlugins.of(System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
        Workplace workplace = new Workplace(home, installed, new CoreMachinery(ENGINES), isTerminal());
        System.exit(execute(commandLine(workplace), arguments));
    }

    /** Picocli hands on exceptions, but lets errors through. */
    private static int execute(CommandLine line, String[] arguments) {
        try {
            return line.execute(arguments);
        } catch (Error e) {
            return failure(line.getCommandSpec()).report(e);
        }
    }

    /** How a command of this command line reports that it failed. */
    static Failure failure(CommandSpec command) {
        Main main = (Main) command.root().userObject();
        return new Failure(command.commandLine().getErr(), main.verbose);
    }

    /** The launcher knows best; a console that is there although the output goes to a file would mislead. */
    private static boolean isTerminal() {
        boolean dumb = "dumb".equals(System.getenv("TERM"));
        String told = System.getProperty("espalier.terminal");
        return !dumb && (told == null ? System.console() != null : Boolean.parseBoolean(told));
    }

    static CommandLine commandLine(Workplace workplace) {
        CommandLine line = new CommandLine(new Main())
                .addSubcommand(new RunCommand(workplace))
                .addSubcommand(new ValidateCommand(workplace))
                .addSubcommand(new ExplainCommand(workplace))
                .addSubcommand(new PredictCommand(workplace))
                .addSubcommand(new RunsCommand())
                .addSubcommand(new SyncCommand())
                .addSubcommand(new MlflowCommand())
                .addSubcommand(PluginsCommand.of(workplace))
                .addSubcommand(new DoctorCommand(workplace));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Main::refuse);
        line.setExecutionExceptionHandler((exception, command, parsed) -> failure(command.getCommandSpec()).report(exception));
        return line;
    }

    private static int refuse(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(exception.getMessage() + meantCommand(exception, command));
        CommandLine.UnmatchedArgumentException.printSuggestions(exception, err);
        err.println("    `" + command.getCommandSpec().qualifiedName() + " --help` says what can be said");
        err.flush();
        return Failure.INPUT;
    }

    /** Picocli suggests options, and commands only when they are very near. */
    private static String meantCommand(ParameterException exception, CommandLine command) {
        boolean word = exception instanceof CommandLine.UnmatchedArgumentException unmatched && !unmatched.getUnmatched().get(0).startsWith("-");
        return word
                ? Suggestion.clause(((CommandLine.UnmatchedArgumentException) exception).getUnmatched().get(0), command.getSubcommands().keySet())
                : "";
    }
}
