package io.espalier.plugins.filters;

import io.espalier.network.UnitGroup;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Numbers of units. */
final class Units {

    private Units() {}

    /** All numbers of a parameter that belong to each unit, [units, numbers]. */
    static INDArray rows(UnitGroup.Member member) {
        INDArray units = member.units();
        return units.reshape('c', member.count(), units.length() / member.count());
    }
}
