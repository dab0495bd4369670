package io.espalier.catalog;

import io.espalier.api.Candidate;
import io.espalier.api.Pruned;
import io.espalier.api.Pruner;
import io.espalier.api.StageContext;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;

/** A pruner as another extension gets it: it leaves what it is given as it is, or the error names its plugin. */
record GuardedPruner(Pruner<Record> pruner, GuardedCall call) implements Pruner<Record> {

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, Record options, StageContext context) {
        return call.on(GuardedCall.tensors(candidate.network()), () -> pruner.plan(candidate, selection, options, context));
    }

    @Override
    public Pruned prune(Candidate candidate, Selection selection, Record options, StageContext context) {
        return call.on(GuardedCall.tensors(candidate.network()), () -> pruner.prune(candidate, selection, options, context));
    }
}
