package io.espalier.catalog;

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
 */
public record OptionDescription(String name, String type, String doc, Optional<String> defaultValue, boolean required, String range) {}
