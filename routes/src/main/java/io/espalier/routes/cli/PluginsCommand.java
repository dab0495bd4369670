package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.Suggestion;
import io.espalier.routes.Binder;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins}: what the plugins at hand bring. */
@Command(name = "plugins", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists plugins and shows what they bring.")
final class PluginsCommand implements Runnable {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    PluginsCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say `plugins list` or `plugins show NAME`");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Lists the plugins and their extensions.")
    Integer list(@Mixin PluginFolders folders) {
        try (Binder binder = folders.open(workplace)) {
            PrintWriter out = spec.commandLine().getOut();
            for (Extension.Plugin plugin : binder.plugins()) {
                out.println(plugin.id() + " " + plugin.version() + "  " + plugin.description() + "  (" + plugin.jar() + ")");
                binder.all().stream().filter(extension -> extension.plugin().equals(plugin)).forEach(
                        extension -> out.println(String.format("    %-10s %-20s %s", kind(extension), extension.name(), extension.doc()).stripTrailing()));
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
        out.println(kind(extension) + " " + extension.name() + "  " + extension.doc());
        out.println("    from " + extension.plugin().id() + " " + extension.plugin().version() + " (" + extension.plugin().jar() + ")");
        extension.flow().ifPresent(flow -> {
            line("needs", flow.needs(), out);
            line("gives", flow.gives(), out);
            line("takes", flow.takes(), out);
        });
        binder.describe(extension).forEach(option -> show(option, out));
        out.println();
    }

    private static void line(String label, String[] facts, PrintWriter out) {
        if (facts.length > 0) {
            out.println("    " + label + " " + String.join(", ", facts));
        }
    }

    private static void show(OptionDescription option, PrintWriter out) {
        String standard = option.required() ? "must be given" : option.defaultValue().map(value -> "default " + value).orElse("absent by default");
        String range = option.range().isEmpty() ? "" : "; " + option.range();
        out.println("    " + option.name() + "  (" + option.type() + "; " + standard + range + ")");
        out.println("        " + option.doc());
    }

    /** {@code ModelReader} as {@code model-reader}. */
    private static String kind(Extension extension) {
        return extension.point().getSimpleName().codePoints()
                .mapToObj(c -> Character.isUpperCase(c) ? "-" + Character.toString(c).toLowerCase(Locale.ROOT) : Character.toString(c))
                .collect(Collectors.joining())
                .substring(1);
    }
}
