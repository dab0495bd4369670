package io.espalier.data;

/**
 * The user's data, or what was wished of it, is wrong. This room lies below the one that holds the interface's own
 * exceptions, so callers turn it into an {@code InputException} with the same message: it is complete, naming the value,
 * the place and the mend. An {@link IllegalArgumentException} from this room is a mistake in the calling code instead,
 * and an {@link java.io.IOException} a file that cannot be read.
 */
public class DataException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
