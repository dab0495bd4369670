package io.espalier.testkit.contract;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.TimeLimit;

/** Performs claims within a limit, and makes whatever an extension throws a broken claim that names it. */
final class Limited {

    private Limited() {}

    static String perform(Claim claim, Subject subject) {
        // Made here, once, so that the limit is for the extension alone.
        Bench.all();
        try {
            return TimeLimit.of(subject.terms().limit()).call(claim.check()::perform);
        } catch (BrokenClaim | NotChecked e) {
            throw e;
        } catch (TimeLimit.ExceededException e) {
            throw subject.broken("was not done after " + subject.terms().limit().toSeconds() + " s (" + claim.sentence()
                    + "); look for a loop that does not end, at " + e.where() + ", or give it more time", e);
        } catch (InputException | RunFailedException e) {
            throw subject.broken("refuses what it must be able to do (" + claim.sentence() + "): " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            throw subject.broken("throws " + e + " at " + TimeLimit.place(e.getStackTrace())
                    + "; an extension throws InputException or RunFailedException with words for users, or nothing", e);
        }
    }
}
