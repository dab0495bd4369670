package io.espalier.catalog;

import io.espalier.api.Option;

/**
 * Values that a number may take.
 *
 * @param lowest lower bound
 * @param lowestAllowed whether the lower bound itself is allowed
 * @param highest upper bound
 * @param highestAllowed whether the upper bound itself is allowed
 */
public record Range(double lowest, boolean lowestAllowed, double highest, boolean highestAllowed) {

    static Range of(Option option) {
        return new Range(
                Math.max(option.min(), option.above()),
                option.min() > option.above(),
                Math.min(option.max(), option.below()),
                option.max() < option.below());
    }

    public boolean isBounded() {
        return hasLowest() || hasHighest();
    }

    boolean holds(double value) {
        return (lowestAllowed ? value >= lowest : value > lowest) && (highestAllowed ? value <= highest : value < highest);
    }

    /** As people write it, {@code 0 < fraction < 1} or {@code epochs >= 1}; empty when any value will do. */
    String of(String name) {
        if (hasLowest() && hasHighest()) {
            return number(lowest) + (lowestAllowed ? " <= " : " < ") + name + (highestAllowed ? " <= " : " < ") + number(highest);
        }
        if (hasLowest()) {
            return name + (lowestAllowed ? " >= " : " > ") + number(lowest);
        }
        return hasHighest() ? name + (highestAllowed ? " <= " : " < ") + number(highest) : "";
    }

    public boolean hasLowest() {
        return lowest != Double.NEGATIVE_INFINITY;
    }

    public boolean hasHighest() {
        return highest != Double.POSITIVE_INFINITY;
    }

    private static String number(double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }
}
