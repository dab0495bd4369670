package io.espalier.catalog;

import io.espalier.api.InputException;

/** An option could not be bound. Whoever knows file, line and column puts them before the message. */
public class OptionException extends InputException {

    private static final long serialVersionUID = 1L;

    private final String option;

    /** @param option name of the option at fault, as written; empty when one is missing */
    public OptionException(String option, String message) {
        super(message);
        this.option = option;
    }

    public String option() {
        return option;
    }
}
