package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.StageContext;

/** What a stage that removes units does when nothing would be removed. */
public enum WhenEmpty {
    REFUSE,
    /** The loop is told that pruning is done. Where nothing was removed before either it is refused: nobody wants a run that prunes nothing. */
    STOP;

    /**
     * What comes out where nothing would be removed.
     *
     * @param seen what was looked at, and that there is nothing
     * @param mend which options to change, as an order
     */
    Candidate nothing(Candidate candidate, String seen, String mend, StageContext context) {
        if (this == REFUSE) {
            throw new InputException(seen + "; " + mend + ", or let the loop end here with whenEmpty=stop");
        }
        if (candidate.kept().isEmpty()) {
            throw new InputException(seen + ", nor was anything removed before, so whenEmpty=stop would end with nothing pruned; " + mend);
        }
        context.say(seen + ": pruning ends");
        context.variable(Guard.PRUNING, Guard.DONE);
        return candidate;
    }
}
