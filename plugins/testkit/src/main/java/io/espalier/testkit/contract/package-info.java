/**
 * The contract between Espalier and its plugins: one {@link io.espalier.testkit.contract.Claim} a line, each with words that
 * name the mend. JUnit runs it in an author's build, {@code espalier plugins verify} on a finished jar; both run this. It knows
 * no JUnit.
 */
package io.espalier.testkit.contract;
