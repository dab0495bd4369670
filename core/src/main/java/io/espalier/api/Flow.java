package io.espalier.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a stage (or an extension that one of its options names) needs of the candidate, and what it makes of it. A
 * pipeline in which a need is not met is refused before it runs. Facts in use: {@code loaded} (there is a candidate),
 * {@code data} (with images), {@code plain} (standard layers only), {@code decomposed}
 * (holds basis-scaling convolutions), {@code scaled} (holds channel scalings), {@code factors} (holds either), {@code trained} (importance
 * sums of these factors are there), {@code evaluated} (metrics of this very network are there), {@code milestone:NAME} (an earlier network is
 * kept by that name, for a stage of which an option names one).
 */
@Stability(Stability.Level.STABLE)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Flow {

    String[] needs() default {};

    String[] gives() default {};

    /** Facts that no longer hold afterwards. */
    String[] takes() default {};
}
