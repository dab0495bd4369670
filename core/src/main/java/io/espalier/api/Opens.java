package io.espalier.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Types of the rooms below that plugins may use besides those that signatures of this package show, on the extension point that
 * needs them: what finds the channels of a network, what a stage trains with. What is named here is part of what
 * {@link ApiVersion} counts and {@code plugins verify} allows; all else of Espalier is internal.
 */
@Documented
@Stability(Stability.Level.STABLE)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Opens {

    Class<?>[] value();
}
