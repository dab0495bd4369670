package io.espalier.catalog;

import io.espalier.api.Candidate;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import java.util.List;
import java.util.Optional;

/** A stage of a plugin as a run gets it: it leaves what it is given as it is and ends in time, or the error names its plugin. */
record GuardedStage(Stage<Record> stage, GuardedCall call) implements Stage<Record> {

    @Override
    public Candidate apply(Candidate candidate, Record options, StageContext context) {
        return call.on(
                candidate.isNone() ? List.of() : GuardedCall.tensors(candidate.network()),
                () -> Optional.ofNullable(stage.apply(candidate, options, context)).orElse(Candidate.none()));
    }
}
