package io.espalier.catalog;

import io.espalier.catalog.OptionTree.Branch;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Refuses options that an extension does not have, saying what may have been meant. */
final class UnknownOptions {

    private final Catalog catalog;
    private final OptionTree tree;
    private final Map<String, Branch> known;

    UnknownOptions(Catalog catalog, OptionTree tree) {
        this.catalog = catalog;
        this.tree = tree;
        this.known = tree.options().collect(Collectors.toMap(Branch::name, Function.identity()));
    }

    void refuse(Collection<String> given) {
        given.stream().filter(name -> !known.containsKey(name)).sorted().findFirst().ifPresent(name -> {
            throw new OptionException(name, message(name));
        });
    }

    private String message(String name) {
        Optional<Branch> unchosen = tree.options()
                .filter(b -> b.component().point().isPresent() && b.chosen().isEmpty() && name.startsWith(b.name() + "."))
                .findFirst();
        if (unchosen.isPresent()) {
            String option = unchosen.get().name();
            return "'" + name + "' is given but '" + option + "' is not; give " + option + "=NAME too";
        }
        OptionTree owner = owner(name);
        String local = name.substring(owner.prefix().length());
        String written = owner.prefix().isEmpty() ? "" : " (written '" + name + "')";
        return Point.title(owner.extension()) + " has no option '" + local + "'" + written + mend(owner, name, local);
    }

    /** The extension that the name speaks of: of those chosen, the one with the longest prefix. */
    private OptionTree owner(String name) {
        return tree.all()
                .filter(one -> name.startsWith(one.prefix()))
                .reduce(tree, (a, b) -> b.prefix().length() > a.prefix().length() ? b : a);
    }

    private String mend(OptionTree owner, String name, String local) {
        List<String> names = tree.options().map(Branch::name).toList();
        return others(owner, local)
                .or(() -> Suggestion.of(name, names).map(meant -> "; did you mean " + inWords(known.get(meant)) + "?"))
                .orElseGet(() -> "; it has " + (owner.branches().isEmpty()
                        ? "none"
                        : owner.branches().stream().map(Branch::name).collect(Collectors.joining(", "))));
    }

    /** An option of the default that stayed in the pipeline when another extension was chosen. */
    private Optional<String> others(OptionTree owner, String local) {
        if (owner.prefix().isEmpty()) {
            return Optional.empty();
        }
        String whose = catalog.all(owner.extension().point()).stream()
                .filter(other -> OptionsRecord.components(other.options()).stream().anyMatch(c -> c.name().equals(local)))
                .map(Point::title)
                .collect(Collectors.joining(", "));
        return whose.isEmpty() ? Optional.empty() : Optional.of("; it is an option of " + whose);
    }

    private static String inWords(Branch branch) {
        String range = Range.of(branch.component().option()).of(branch.name());
        String doc = branch.component().option().doc();
        return "'" + branch.name() + "' (" + doc + (range.isEmpty() ? "" : ", " + range) + ")";
    }
}
