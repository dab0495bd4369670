package io.espalier.api;

/**
 * An extension that an option names, with its own options bound: {@code criterion=random criterion.foo=1}.
 *
 * @param name under which it was chosen
 * @param extension the instance
 * @param options bound record of the type that the extension declares
 * @param <E> the extension point
 */
public record Chosen<E>(String name, E extension, Record options) {}
