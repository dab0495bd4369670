package io.espalier.api;

import org.pf4j.ExtensionPoint;

/**
 * One step of a pipeline. A stage has no fields: what a later stage must know is in the candidate. Annotate with
 * {@link org.pf4j.Extension}, {@link Named} and {@link Flow}.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
public interface Stage<O extends Record> extends ExtensionPoint {

    /**
     * @param candidate what came so far; {@link Candidate#none()} for a stage that begins a pipeline
     * @throws InputException when what the user gave is wrong
     * @throws RunFailedException when the run cannot go on
     */
    Candidate apply(Candidate candidate, O options, StageContext context);
}
