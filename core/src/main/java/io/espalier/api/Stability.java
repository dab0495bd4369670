package io.espalier.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How far a plugin may rely on a type of this package. Types of the rooms below that signatures of this package show
 * ({@code UnitGroup}, {@code Network}, {@code PruningPlan}, …) are {@link Level#EVOLVING}.
 */
@Documented
@Stability(Stability.Level.STABLE)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Stability {

    Level value();

    /** When a change may break plugins. Additions come with every minor version of {@link ApiVersion}. */
    @Stability(Level.STABLE)
    enum Level {
        /** With a new major version only. An extension point gets new methods with a body, other interfaces as they like. */
        STABLE,
        /** With a new minor version, and then the release notes say so. */
        EVOLVING
    }
}
