package io.espalier.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Documents a component of an options record. Everything a user sees of an option comes from here: binding, checks,
 * help, schema and errors.
 *
 * <p>A component may be an {@code int}, {@code long}, {@code double}, {@code boolean}, {@link String}, an enum (written in
 * lower case, {@code _} as {@code -}), a {@link java.nio.file.Path} (an existing file or folder; {@code bundled:NAME} is one
 * that the distribution carries; its content is part of a stage's key), a {@link Chosen} extension, a {@link java.util.List}
 * of the simple ones (separated by commas), or an {@link java.util.Optional} of any of these (absent when not given).
 */
@Stability(Stability.Level.STABLE)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Option {

    /** Stands for "no default: the option must be given" (unless its type is {@code Optional}). */
    String REQUIRED = "\u0000required";

    /** What it means, with its unit. */
    String doc();

    String defaultValue() default REQUIRED;

    /**
     * A fact of {@link Flow} that holds after the stage if the option is given; none if empty. {@code *} in it stands for the option's
     * value, and of a list there is one fact for each value.
     */
    String gives() default "";

    /** A fact that the stage needs if the option is given, {@code *} as in {@link #gives}; none if empty. */
    String needs() default "";

    /** Lowest value allowed. */
    double min() default Double.NEGATIVE_INFINITY;

    /** Highest value allowed. */
    double max() default Double.POSITIVE_INFINITY;

    /** Every value must be greater than this. */
    double above() default Double.NEGATIVE_INFINITY;

    /** Every value must be less than this. */
    double below() default Double.POSITIVE_INFINITY;
}
