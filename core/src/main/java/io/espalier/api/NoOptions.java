package io.espalier.api;

/** The options of an extension that has none. */
@Stability(Stability.Level.STABLE)
public record NoOptions() {}
