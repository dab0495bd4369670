package io.espalier.api;

/**
 * The input was wrong: a file, an option, a plugin, a pipeline. Ends with exit code 2. The message names the value, the
 * place and the mend.
 */
@Stability(Stability.Level.STABLE)
public class InputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
