package io.espalier.testkit.contract;

/**
 * One line of the contract.
 *
 * @param sentence what holds, for people
 * @param check finds out whether it does
 */
public record Claim(String sentence, Check check) {

    /** Finds out whether a claim holds. */
    @FunctionalInterface
    public interface Check {

        /**
         * @return what was seen, for people; empty if there is nothing to say
         * @throws BrokenClaim when it does not hold
         * @throws NotChecked when it cannot be told
         */
        String perform();
    }
}
