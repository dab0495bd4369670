package io.espalier.catalog;

import java.util.List;
import java.util.Optional;

/**
 * What a user can be told of an option.
 *
 * @param name as written in a pipeline
 * @param type for people, for example {@code number}, {@code one of pad, resize, refuse}, {@code criterion}
 * @param doc what it means
 * @param defaultValue as text; empty if it must be given or is absent by default
 * @param required whether it must be given
 * @param range for people, for example {@code 0 < fraction < 1}; empty if any value will do
 * @param shape the type and the range, for programs
 */
public record OptionDescription(
        String name, String type, String doc, Optional<String> defaultValue, boolean required, String range, Shape shape) {

    /** Kinds of values. */
    public enum Kind { WHOLE, DECIMAL, TRUTH, TEXT, SOURCE, CHOICE, EXTENSION }

    /**
     * What may be written.
     *
     * @param kind of the value, or of a list's elements
     * @param list whether it is a list
     * @param words that may be chosen from; none if it is no choice
     * @param point of the extension that it chooses
     * @param range of numbers
     */
    public record Shape(Kind kind, boolean list, List<String> words, Optional<Class<?>> point, Range range) {}

    /** Whether it is an option of an extension that another option chooses. */
    public boolean isNested() {
        return name.indexOf('.') >= 0;
    }
}
