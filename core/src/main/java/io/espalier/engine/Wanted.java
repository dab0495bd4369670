package io.espalier.engine;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a program is to give.
 *
 * @param gradients parameters whose gradients {@link Program#step} gives; empty for a program that only predicts. A batch
 *     norm layer of which a parameter is wanted uses batch statistics in training and updates its running ones; every
 *     other one is frozen
 * @param classWeights weight of each class in the loss, or empty for 1 each
 * @param distillation what a teacher has to say in the loss, if there is one
 */
public record Wanted(Set<ParameterKey> gradients, List<Double> classWeights, Optional<Distillation> distillation) {

    /** A program that only predicts. */
    public static final Wanted PREDICTIONS = new Wanted(Set.of(), List.of());

    public Wanted {
        gradients = Collections.unmodifiableSet(new TreeSet<>(gradients));
        classWeights = List.copyOf(classWeights);
    }

    /** The same from labels alone. */
    public Wanted(Set<ParameterKey> gradients, List<Double> classWeights) {
        this(gradients, classWeights, Optional.empty());
    }
}
