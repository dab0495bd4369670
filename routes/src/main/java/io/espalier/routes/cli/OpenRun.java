package io.espalier.routes.cli;

import io.espalier.routes.Performer;
import java.nio.file.Path;

/** A run while it is under way. */
public interface OpenRun extends Performer, AutoCloseable {

    Path directory();

    /** Ends the current stage at its next check. May be called by any thread. */
    void interrupt();

    @Override
    void close();
}
