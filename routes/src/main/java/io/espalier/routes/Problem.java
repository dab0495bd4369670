package io.espalier.routes;

/**
 * Something wrong in a pipeline.
 *
 * @param place where
 * @param message what, and on further lines how to mend it
 */
public record Problem(Place place, String message) {

    /** @param mend one line on how to mend it */
    static Problem of(Place place, String what, String mend) {
        return new Problem(place, what + "\n    " + mend);
    }

    @Override
    public String toString() {
        return place + "  " + message;
    }
}
