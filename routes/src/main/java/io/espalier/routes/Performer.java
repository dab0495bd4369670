package io.espalier.routes;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import io.espalier.run.StageResult;

/** Performs stages; {@link io.espalier.run.Run#perform} does it. */
@FunctionalInterface
public interface Performer {

    /**
     * @param place file, line and column of the stage in the pipeline
     * @param branch name of the branch that the stage is in, empty outside of any
     */
    StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch);
}
