package io.espalier.catalog;

import io.espalier.api.Chosen;
import io.espalier.api.InputException;
import io.espalier.catalog.OptionTree.Branch;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Makes options records of text. */
final class Binding {

    private final Catalog catalog;
    private final SourceFiles files;

    Binding(Catalog catalog, SourceFiles files) {
        this.catalog = catalog;
        this.files = files;
    }

    BoundOptions bind(Extension extension, Map<String, String> written) {
        Map<String, String> given = InlineOptions.spread(extension, written);
        OptionTree tree = OptionTree.of(catalog, extension, given);
        new UnknownOptions(catalog, tree).refuse(given.keySet());
        List<BoundOptions.Entry> entries = new ArrayList<>();
        Record options = options(tree, entries);
        List<Extension> involved = tree.all().map(OptionTree::extension).toList();
        return new BoundOptions(extension.with(catalog.guarded(extension)), options, entries, needs(involved, options), involved);
    }

    private static Set<String> needs(List<Extension> involved, Record options) {
        Set<String> needs = new TreeSet<>(OptionFacts.needed(options));
        involved.forEach(extension -> extension.flow().ifPresent(flow -> needs.addAll(List.of(flow.needs()))));
        return needs;
    }

    private Record options(OptionTree tree, List<BoundOptions.Entry> entries) {
        List<Object> values = new ArrayList<>();
        for (Branch branch : tree.branches()) {
            Optional<Object> value = value(tree, branch, entries);
            values.add(branch.component().optional() ? value : value.orElseThrow());
        }
        return make(tree, values);
    }

    private Optional<Object> value(OptionTree tree, Branch branch, List<BoundOptions.Entry> entries) {
        if (branch.text().isEmpty()) {
            if (!branch.component().optional()) {
                throw new OptionException("", Point.title(tree.extension()) + " needs the option '" + branch.name() + "' ("
                        + branch.component().option().doc() + ")");
            }
            entries.add(new BoundOptions.Entry(branch.name(), "", "", branch.given()));
            return Optional.empty();
        }
        String text = branch.text().get();
        if (branch.chosen().isPresent()) {
            entries.add(new BoundOptions.Entry(branch.name(), text, text, branch.given()));
            return Optional.of(chosen(branch.chosen().get(), entries));
        }
        ValueType.Value value = read(tree, branch, text);
        entries.add(new BoundOptions.Entry(branch.name(), text, value.canonical(), branch.given()));
        return Optional.of(value.object());
    }

    private Chosen<Object> chosen(OptionTree tree, List<BoundOptions.Entry> entries) {
        return new Chosen<>(tree.extension().name(), catalog.guarded(tree.extension()), options(tree, entries));
    }

    private ValueType.Value read(OptionTree tree, Branch branch, String text) {
        try {
            return branch.component().read(branch.name(), text, files);
        } catch (OptionException e) {
            throw branch.given()
                    ? e
                    : new OptionException("", Point.title(tree.extension()) + ", by default: " + e.getMessage());
        }
    }

    private static Record make(OptionTree tree, List<Object> values) {
        Extension extension = tree.extension();
        try {
            return OptionsRecord.make(extension.options(), values);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException || cause instanceof InputException) {
                throw new OptionException("", Point.title(extension) + ": " + cause.getMessage());
            }
            throw new InputException("plugin " + extension.plugin().jar() + ": the options record of " + Point.title(extension)
                    + " throws " + cause + "; let it refuse values by an IllegalArgumentException that says why", cause);
        }
    }
}
