package io.espalier.routes.reference;

import io.espalier.api.Criterion;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.OptionDescription.Kind;
import io.espalier.network.UnitKind;
import io.espalier.routes.Binder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A page of Markdown for each extension at hand, and one that lists them.
 *
 * @param binder the extensions
 */
public record ReferencePages(Binder binder) {

    private static final String LIST = "README.md";
    private static final String SUFFIX = ".md";

    /** The pages by their paths, {@code stage/threshold.md} for example. */
    public Map<String, String> pages() {
        Map<String, String> pages = new TreeMap<>();
        binder.all().forEach(extension -> pages.put(path(extension), page(extension)));
        pages.put(LIST, list());
        return pages;
    }

    /**
     * Writes the pages, and takes away those of extensions that are no more.
     *
     * @throws InputException when the folder cannot be used
     */
    public void write(Path folder) {
        Map<String, String> pages = pages();
        try {
            for (Map.Entry<String, String> page : pages.entrySet()) {
                Path file = folder.resolve(page.getKey());
                Files.createDirectories(file.getParent());
                Files.writeString(file, page.getValue());
            }
            try (Stream<Path> files = Files.walk(folder, 2)) {
                for (Path file : files.filter(file -> isPage(folder, file) && !pages.containsKey(name(folder, file))).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new InputException("the folder " + folder.toAbsolutePath() + " cannot be used (" + e + ")\n    name one that you may write to", e);
        }
    }

    private boolean isPage(Path folder, Path file) {
        String name = name(folder, file);
        return name.endsWith(SUFFIX) && binder.all().stream().anyMatch(extension -> name.startsWith(folder(extension) + "/"));
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    private static String folder(Extension extension) {
        return extension.kind().replace(' ', '-');
    }

    private static String path(Extension extension) {
        return folder(extension) + "/" + extension.name() + SUFFIX;
    }

    private String list() {
        StringBuilder text = new StringBuilder("# Reference\n\nEvery extension that the plugins bring, from their code. `plugins/renew-reference` writes these pages.\n");
        Map<String, List<Extension>> kinds = binder.all().stream().collect(Collectors.groupingBy(Extension::kind));
        binder.all().stream().map(Extension::kind).distinct().forEach(kind -> {
            text.append("\n| ").append(kind).append(" | | plugin |\n|---|---|---|\n");
            kinds.get(kind).forEach(extension -> text.append("| [`").append(extension.name()).append("`](").append(path(extension)).append(") | ")
                    .append(cell(extension.doc())).append(" | ").append(extension.plugin().id()).append(" |\n"));
        });
        return text.toString();
    }

    private String page(Extension extension) {
        StringBuilder text = new StringBuilder("# " + extension.kind() + " `" + extension.name() + "`\n\n");
        if (!extension.doc().isEmpty()) {
            text.append(prose(extension.doc())).append("\n\n");
        }
        text.append("From the plugin `").append(extension.plugin().id()).append("`.").append(units(extension)).append('\n');
        extension.flow().map(ReferencePages::flow).filter(flow -> !flow.isEmpty()).ifPresent(flow -> text.append('\n').append(flow));
        List<OptionDescription> options = binder.describe(extension).stream().filter(option -> !option.isNested()).toList();
        if (options.isEmpty()) {
            return text.append("\nIt has no options.\n").toString();
        }
        text.append("\n| option | what it means | value | by default |\n|---|---|---|---|\n");
        options.forEach(option -> text.append("| `").append(option.name()).append("` | ").append(cell(option.doc())).append(" | ")
                .append(value(option)).append(" | ").append(standard(option)).append(" |\n"));
        return text.toString();
    }

    private static String units(Extension extension) {
        if (!(extension.instance() instanceof Criterion<?> criterion)) {
            return "";
        }
        return " It scores " + criterion.units().stream().sorted().map(ReferencePages::words).collect(Collectors.joining(" and ")) + ".";
    }

    private static String words(UnitKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + "s";
    }

    private static String flow(Flow flow) {
        return line("needs a candidate that is", flow.needs()) + line("what comes out is", flow.gives()) + line("and no longer", flow.takes());
    }

    private static String line(String label, String[] facts) {
        return facts.length == 0 ? "" : "- " + label + ": " + String.join(", ", facts) + "\n";
    }

    private String value(OptionDescription option) {
        String range = option.range().isEmpty() ? "" : "; " + cell(option.range());
        return option.shape().point().map(point -> choice(option, point)).orElse(cell(option.type())) + range;
    }

    /** Of an option that chooses an extension: which there are, with their pages. */
    private String choice(OptionDescription option, Class<?> point) {
        String names = binder.all(point).stream().map(one -> "[`" + one.name() + "`](../" + path(one) + ")").collect(Collectors.joining(", "));
        return option.type() + ": " + names + "; its own options are written `" + option.name() + ".OPTION`";
    }

    private static String standard(OptionDescription option) {
        if (option.required()) {
            return "must be given";
        }
        return option.defaultValue().filter(value -> !value.isEmpty()).map(value -> "`" + cell(value) + "`")
                .orElse(option.shape().kind() == Kind.TEXT && option.defaultValue().isPresent() ? "empty" : "absent");
    }

    private static String prose(String text) {
        return text.replace("<", "&lt;");
    }

    private static String cell(String text) {
        return prose(text).replace("|", "\\|").replace('\n', ' ');
    }
}
