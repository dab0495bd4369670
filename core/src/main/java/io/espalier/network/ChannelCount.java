package io.espalier.network;

import java.util.Map;

/**
 * How many channels a tensor has.
 *
 * @param fixed channels that belong to no unit
 * @param each channels of one unit, by group
 */
record ChannelCount(int fixed, Map<String, Integer> each) {

    /** @param units numbers of units by group */
    long of(Map<String, Integer> units) {
        long count = fixed;
        for (Map.Entry<String, Integer> group : each.entrySet()) {
            count += (long) group.getValue() * units.get(group.getKey());
        }
        return count;
    }

    boolean isFixed() {
        return each.isEmpty();
    }
}
