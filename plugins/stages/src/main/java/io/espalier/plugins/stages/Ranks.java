package io.espalier.plugins.stages;

import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Node;

/** Numbers of basis vectors. */
final class Ranks {

    private Ranks() {}

    static long of(Node scaling) {
        return scaling.parameter(BasisScalingConvolution.FACTORS).length();
    }
}
