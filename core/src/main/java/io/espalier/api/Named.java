package io.espalier.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Name under which pipelines use an extension: lower-case letters, digits and hyphens, beginning with a letter. */
@Stability(Stability.Level.STABLE)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Named {

    String value();

    /** One sentence for people: what it does. */
    String doc() default "";
}
