package io.espalier.api;

/**
 * The version of this package, and of what its signatures show of the rooms below: what a plugin's {@code Plugin-Requires} is
 * compared with. It moves by itself, apart from the version of the program; {@link Stability} says what may change with which
 * part of it.
 */
@Stability(Stability.Level.STABLE)
public final class ApiVersion {

    /** A semantic version. */
    public static final String CURRENT = "0.2.0";

    private ApiVersion() {}
}
