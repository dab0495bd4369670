package io.espalier.catalog;

import io.espalier.api.Option;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Options of one extension, bound.
 *
 * @param extension whose options they are
 * @param value the options record
 * @param entries every option, nested ones ({@code criterion.batches}) included, in order of declaration
 * @param needs facts that the extension, those chosen by its options, and options themselves ({@link Option#needs}) need
 * @param chosen every extension involved: this one and those chosen by its options
 */
public record BoundOptions(Extension extension, Record value, List<Entry> entries, Set<String> needs, List<Extension> chosen) {

    public BoundOptions {
        entries = List.copyOf(entries);
        needs = Set.copyOf(needs);
        chosen = List.copyOf(chosen);
    }

    /**
     * One option.
     *
     * @param name as written in a pipeline
     * @param value as text, defaults included; empty if absent
     * @param identity gives {@link #canonical}
     * @param given whether the pipeline gave it, rather than the default
     */
    public record Entry(String name, String value, Supplier<String> identity, boolean given) {

        public Entry(String name, String value, String canonical, boolean given) {
            this(name, value, () -> canonical, given);
        }

        /**
         * What stands for the value in a key: the value itself, or the digest of a file's or folder's content. It is read when
         * it is asked for, and again if the file changed meanwhile.
         *
         * @throws io.espalier.api.InputException when a file cannot be read
         */
        public String canonical() {
            return identity.get();
        }
    }

    /** Facts that hold after the stage because of the options given ({@link Option#gives}). */
    public Set<String> gives() {
        return OptionFacts.given(value);
    }

    /** Every option as text, by name. */
    public Map<String, String> asText() {
        Map<String, String> text = new TreeMap<>();
        entries.forEach(e -> text.put(e.name(), e.value()));
        return text;
    }

    /**
     * Every option as text, by name, as a candidate's lineage keeps it: of a file or folder its name and the digest of its
     * content, so that the same data in another place is the same past.
     */
    public Map<String, String> asLineage() {
        Map<String, String> text = asText();
        entries.stream().filter(e -> !e.canonical().equals(e.value())).forEach(e -> text.put(e.name(), fileName(e.value()) + " " + e.canonical()));
        return text;
    }

    private static String fileName(String path) {
        return String.valueOf(Path.of(path).getFileName());
    }
}
