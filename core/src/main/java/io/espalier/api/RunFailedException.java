package io.espalier.api;

/** The input was right but the run could not go on. Ends with exit code 1; the message says what was seen and the mend. */
@Stability(Stability.Level.STABLE)
public class RunFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RunFailedException(String message) {
        super(message);
    }

    public RunFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
