package io.espalier.api;

/** The options of an extension that has none. */
public record NoOptions() {}
