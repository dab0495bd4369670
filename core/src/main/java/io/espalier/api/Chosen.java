package io.espalier.api;

import java.util.Optional;

/**
 * An extension that an option names, with its own options bound: {@code criterion=random criterion.foo=1}. Declared with
 * {@code Record} for the extension's own options ({@code Chosen<Criterion<Record>>}), its {@link #options} can be handed to it.
 *
 * <p>Where a {@link Pruner} is asked for, a {@link Criterion} that scores channels may have been chosen instead: ask
 * {@link #criterion} before {@link #extension}.
 *
 * @param name under which it was chosen
 * @param extension the instance
 * @param options bound record of the type that the extension declares
 * @param <E> the extension point
 */
@Stability(Stability.Level.STABLE)
public record Chosen<E>(String name, E extension, Record options) {

    /** The extension if it is a criterion; its options are {@link #options}. */
    @SuppressWarnings("unchecked")
    public Optional<Criterion<Record>> criterion() {
        return extension instanceof Criterion<?> criterion ? Optional.of((Criterion<Record>) criterion) : Optional.empty();
    }
}
