package io.espalier.network;

import java.util.Map;

/**
 * What units of several groups cost together. Two groups that meet in one kernel save less together than each of them alone,
 * so what a plan saves is no sum over its units.
 */
@FunctionalInterface
public interface Footprint {

    /** @param left numbers of units that stay, by group; of a group that is not named all stay */
    Cost of(Map<String, Integer> left);
}
