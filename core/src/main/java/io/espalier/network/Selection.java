package io.espalier.network;

/**
 * How many units go, and how those are chosen by their scores.
 *
 * @param of what {@code amount} is a share of, or {@code THRESHOLD}
 * @param amount the share to remove, 0 < amount < 1, or the normalised score below which units go
 * @param scope whether all groups compete, or each gives its own share
 * @param costExponent scores are divided by (cost of the unit)^costExponent before they are compared; 0 for scores alone
 * @param floor share of the original units of each group that stays whatever their scores, 0 <= floor < 1; one always stays
 * @param multiple the number of units kept in a group is a multiple of this where the group has that many
 */
public record Selection(Of of, double amount, Scope scope, double costExponent, double floor, int multiple) {

    /** What a share is a share of. */
    public enum Of {
        UNITS,
        PARAMETERS,
        FLOPS,
        THRESHOLD
    }

    /** What competes. */
    public enum Scope {
        GLOBAL,
        LAYER
    }
}
