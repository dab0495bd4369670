package io.espalier.catalog;

import io.espalier.api.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An extension with what was written for each of its options, and likewise for every extension that an option chooses.
 *
 * @param extension whose options these are
 * @param prefix what comes before their names: empty, or {@code criterion.} for a chosen extension
 * @param branches one for each option
 */
record OptionTree(Extension extension, String prefix, List<Branch> branches) {

    /** Nobody writes this deep; a default that chooses its own extension again would go on for ever. */
    private static final int DEEPEST = 8;

    /**
     * One option.
     *
     * @param name whole name, as written in a pipeline
     * @param component what it is
     * @param text what was written, or the default; empty when the option is absent
     * @param given whether it was written
     * @param chosen the extension that it chooses
     */
    record Branch(String name, OptionComponent component, Optional<String> text, boolean given, Optional<OptionTree> chosen) {}

    /** @throws OptionException when an option chooses an extension that is not there */
    static OptionTree of(Catalog catalog, Extension extension, Map<String, String> given) {
        return of(catalog, extension, given, "", 0);
    }

    private static OptionTree of(Catalog catalog, Extension extension, Map<String, String> given, String prefix, int depth) {
        if (depth > DEEPEST) {
            throw new InputException("plugin " + extension.plugin().jar() + ": the options of " + Point.title(extension)
                    + " choose extensions within extensions without end; change the default of one of them");
        }
        List<Branch> branches = new ArrayList<>();
        for (OptionComponent component : OptionsRecord.components(extension.options())) {
            branches.add(branch(catalog, extension, component, given, prefix + component.name(), depth));
        }
        return new OptionTree(extension, prefix, branches);
    }

    private static Branch branch(
            Catalog catalog, Extension extension, OptionComponent component, Map<String, String> given, String name, int depth) {
        Optional<String> written = Optional.ofNullable(given.get(name));
        Optional<String> text = written.or(component::defaultText).filter(t -> !component.isAbsent(t));
        Optional<OptionTree> chosen = component.point().isEmpty() || text.isEmpty()
                ? Optional.empty()
                : Optional.of(of(
                        catalog, choose(catalog, extension, component, name, text.get(), written.isPresent()), given, name + ".", depth + 1));
        return new Branch(name, component, text, written.isPresent(), chosen);
    }

    private static Extension choose(
            Catalog catalog, Extension extension, OptionComponent component, String option, String name, boolean given) {
        try {
            return catalog.find(component.point().orElseThrow().type(), name);
        } catch (InputException e) {
            String written = option + "=" + name;
            throw new OptionException(
                    option, (given ? written : Point.title(extension) + " has the default " + written) + ": " + e.getMessage());
        }
    }

    /** This tree and those chosen within it. */
    Stream<OptionTree> all() {
        return Stream.concat(Stream.of(this), branches.stream().flatMap(b -> b.chosen().stream()).flatMap(OptionTree::all));
    }

    /** Every option, those of a chosen extension right after the option that chooses it. */
    Stream<Branch> options() {
        return branches.stream().flatMap(b -> Stream.concat(Stream.of(b), b.chosen().stream().flatMap(OptionTree::options)));
    }
}
