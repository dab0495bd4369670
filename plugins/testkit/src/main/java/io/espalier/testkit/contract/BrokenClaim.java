package io.espalier.testkit.contract;

/** A claim that does not hold; the message names the extension or the jar, what was seen and the mend. */
public final class BrokenClaim extends AssertionError {

    private static final long serialVersionUID = 1L;

    BrokenClaim(String message) {
        super(message);
    }

    BrokenClaim(String message, Throwable cause) {
        super(message, cause);
    }
}
