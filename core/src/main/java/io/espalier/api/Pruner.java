package io.espalier.api;

import io.espalier.network.Channels;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import org.pf4j.ExtensionPoint;

/**
 * Decides which channels go, its own way. Every channel {@link Criterion} serves as a pruner too, so most need not
 * implement this.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({Channels.class, Surgeon.class})
public interface Pruner<O extends Record> extends ExtensionPoint {

    /** Which channels go; {@link CriterionContext#of} looks at training images. */
    PruningPlan plan(Candidate candidate, Selection selection, O options, StageContext context);

    /**
     * What is left. To be overridden by a pruner that gives a network of its own making.
     *
     * @throws RunFailedException when the plan cannot be applied
     */
    default Pruned prune(Candidate candidate, Selection selection, O options, StageContext context) {
        return Pruned.by(plan(candidate, selection, options, context), candidate.network());
    }
}
