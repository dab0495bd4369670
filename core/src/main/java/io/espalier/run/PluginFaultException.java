package io.espalier.run;

import io.espalier.api.RunFailedException;

/** A stage ended as no stage should; the cause is what it threw, for whoever mends the plugin. */
public class PluginFaultException extends RunFailedException {

    private static final long serialVersionUID = 1L;

    PluginFaultException(String message, Throwable cause) {
        super(message, cause);
    }
}
