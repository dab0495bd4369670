package io.espalier.run;

import io.espalier.api.RunFailedException;
import java.nio.file.Path;

/** The user asked the run to stop. Nothing that was finished is lost. */
public class InterruptedRunException extends RunFailedException {

    private static final long serialVersionUID = 1L;

    InterruptedRunException(Path directory) {
        super("the run was interrupted; every finished stage is kept. Go on with: " + RunDirectory.resumeLine(directory));
    }
}
