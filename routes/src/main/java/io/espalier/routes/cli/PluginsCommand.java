package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.Suggestion;
import io.espalier.routes.Binder;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins}: what the plugins at hand bring. */
@Command(name = "plugins", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Lists plugins, shows what they bring, installs further ones; begins and verifies those of your own.")
final class PluginsCommand implements Runnable {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    PluginsCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    static CommandLine of(Workplace workplace) {
        return new CommandLine(new PluginsCommand(workplace))
                .addSubcommand(new NewCommand(workplace))
                .addSubcommand(new VerifyCommand(workplace))
                .addSubcommand(new KitCommand(workplace))
                .addSubcommand(new InstallCommand(workplace))
                .addSubcommand(new UpdateCommand(workplace))
                .addSubcommand(new RemoveCommand(workplace))
                .addSubcommand(new IndexCommand())
                .addSubcommand(new ReferenceCommand(workplace));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "say `plugins list`, `plugins show NAME`, `plugins install JAR|ID`, `plugins new NAME` or `plugins verify JAR`");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists the plugins and their extensions.")
    Integer list(@Mixin PluginFolders folders) {
        try (Binder binder = folders.open(workplace)) {
            PrintWriter out = spec.commandLine().getOut();
            for (Extension.Plugin plugin : binder.plugins()) {
                out.println(plugin.id() + " " + plugin.version() + "  " + plugin.description());
                out.println("    " + plugin.origin().word() + ": " + plugin.jar());
                binder.all().stream().filter(extension -> extension.plugin().equals(plugin)).forEach(
                        extension -> out.println(String.format("    %-17s%-18s%s", extension.kind(), extension.name(), extension.doc()).stripTrailing()));
            }
            return 0;
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, versionProvider = Version.class,
            description = "Shows a plugin, or an extension with its options.")
    Integer show(@Parameters(paramLabel = "NAME", description = "Name of an extension, or id of a plugin.") String name, @Mixin PluginFolders folders) {
        try (Binder binder = folders.open(workplace)) {
            List<Extension> named = binder.all().stream().filter(e -> e.name().equals(name) || e.plugin().id().equals(name)).toList();
            if (named.isEmpty()) {
                List<String> names = binder.all().stream().map(Extension::name).toList();
                throw new InputException("no plugin brings '" + name + "'" + Suggestion.clause(name, names) + "\n    `espalier plugins list` shows what there is");
            }
            named.forEach(extension -> show(extension, binder));
            return 0;
        }
    }

    private void show(Extension extension, Binder binder) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(extension.kind() + " " + extension.name());
        out.println("    " + extension.doc());
        line("from", extension.plugin().id() + " " + extension.plugin().version() + ", " + extension.plugin().jar(), out);
        extension.flow().ifPresent(flow -> {
            line("needs", String.join(", ", flow.needs()), out);
            line("gives", String.join(", ", flow.gives()), out);
            line("ends", String.join(", ", flow.takes()), out);
        });
        List<OptionDescription> options = binder.describe(extension);
        out.println(options.isEmpty() ? "    It has no options." : "    Options:");
        int width = options.stream().mapToInt(option -> option.name().length()).max().orElse(0);
        options.forEach(option -> show(option, width, binder, out));
        out.println();
    }

    private static void line(String label, String text, PrintWriter out) {
        if (!text.isEmpty()) {
            out.println(String.format("    %-6s %s", label, text));
        }
    }

    private static void show(OptionDescription option, int width, Binder binder, PrintWriter out) {
        String standard = option.required() ? "must be given" : option.defaultValue().map(value -> "default " + value).orElse("absent by default");
        String range = option.range().isEmpty() ? "" : "; " + option.range();
        String row = "        %-" + width + "s  %s";
        out.println(String.format(row, option.name(), option.doc()));
        out.println(String.format(row, "", type(option, binder) + "; " + standard + range));
    }

    /** Of an option that chooses an extension: which there are to choose from. */
    private static String type(OptionDescription option, Binder binder) {
        return binder.all().stream()
                .filter(extension -> extension.kind().equals(option.type()))
                .findFirst()
                .map(extension -> option.type() + ": " + String.join(", ", binder.all(extension.point()).stream().map(Extension::name).toList()))
                .orElse(option.type());
    }
}
