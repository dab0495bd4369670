package io.espalier.api;

import io.espalier.engine.Engine;
import io.espalier.engine.Evaluations;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** What a stage may use besides the candidate and its options. */
@Stability(Stability.Level.STABLE)
public interface StageContext {

    Engine engine();

    /** Metrics on the engine; what was measured before in the run is not measured again. */
    default Evaluations evaluations() {
        return new Evaluations(engine());
    }

    /** Randomness that depends on the run's seed, the stage, its options, its candidate and {@code purpose} only. */
    Random random(String purpose);

    /** Writes a fact into the run's journal; {@code details} is a record, map or other value that JSON can hold. */
    void journal(String event, Object details);

    /** Tells whoever watches how far a long step is. */
    void progress(Progress progress);

    /** Says one line to the user. */
    void say(String line);

    /** Sets an exchange variable, for {@code choice}, {@code filter} and {@code loop}; part of the stage's result. */
    void variable(String name, Object value);

    /** Folder that the user finds the run's results in. */
    Path artifacts();

    /** Ends the stage when the user asked to stop; to be called between batches. */
    void checkInterrupted();

    /** Every extension of a point, with default options, in order of name. */
    <E> List<Chosen<E>> extensions(Class<E> point);

    /** Whether unreadable images are to be left out (named and counted) instead of ending the run. */
    boolean skipUnreadable();
}
