package io.espalier.routes.cli;

import io.espalier.routes.Performer;
import java.nio.file.Path;
import java.util.Map;

/** A run while it is under way. */
public interface OpenRun extends Performer, AutoCloseable {

    Path directory();

    /** Ends the current stage at its next check. May be called by any thread. */
    void interrupt();

    /** @throws io.espalier.run.InterruptedRunException when somebody asked to stop */
    void checkInterrupted();

    /** Writes a JSON file into the run directory, whole or not at all. */
    void writeJson(String name, Object value);

    /** Notes that the pipeline came to its end. */
    void finished(Map<String, ?> summary);

    /** Notes that the pipeline could not go on, or was told to stop. */
    void failed(Throwable reason);

    @Override
    void close();
}
