package io.espalier.testkit.contract;

/** A claim that cannot be checked with what is at hand; the message says what is missing. */
public final class NotChecked extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotChecked(String message) {
        super(message);
    }
}
