package io.espalier.plugins.stages;

import io.espalier.api.InputException;
import io.espalier.network.Selection;
import java.util.Optional;

/** Selections as the options of stages say them. */
final class Selections {

    private Selections() {}

    /** @param below the score under which units go, with {@code of=threshold} */
    static Selection of(
            Selection.Of of, double fraction, Optional<Double> below, Selection.Scope scope, Selection.Normalise normalise,
            double costExponent, double floor, int multiple) {
        if (of == Selection.Of.THRESHOLD && below.isEmpty()) {
            throw new InputException("of=threshold needs below=, the normalised score under which units go");
        }
        return new Selection(of, of == Selection.Of.THRESHOLD ? below.get() : fraction, scope, normalise, costExponent, floor, multiple);
    }
}
