package io.espalier.api;

import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import org.pf4j.ExtensionPoint;

/**
 * Decides which channels go, its own way. Every channel {@link Criterion} serves as a pruner too, so most need not
 * implement this.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
public interface Pruner<O extends Record> extends ExtensionPoint {

    PruningPlan plan(Candidate candidate, Selection selection, O options, StageContext context);
}
