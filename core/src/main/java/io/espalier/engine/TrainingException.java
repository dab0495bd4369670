package io.espalier.engine;

/** Training cannot begin or go on; the message says what was seen and the mend. */
public class TrainingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }
}
