package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import java.nio.file.Path;

/**
 * One run of a pipeline and its directory. Holds the directory's lock until closed.
 */
public final class Run implements AutoCloseable {

    /** Begins a run in a new directory below {@code parent}. */
    public static Run create(Path parent, RunSettings settings) {
        throw new UnsupportedOperationException();
    }

    /** Opens a run that was interrupted, to go on. */
    public static Run resume(Path directory, RunSettings settings) {
        throw new UnsupportedOperationException();
    }

    public Path directory() {
        throw new UnsupportedOperationException();
    }

    /**
     * Performs a stage, or takes its result from the store when one with the same key is there.
     *
     * @param place file, line and column of the stage in the pipeline
     * @param branch whether the input may be needed again by another branch, so that it must not be dropped
     */
    public StageResult perform(BoundOptions stage, Candidate candidate, String place, boolean branch) {
        throw new UnsupportedOperationException();
    }

    /** Ends the current stage at its next check. May be called by any thread. */
    public void interrupt() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
