package io.espalier.network;

import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Units that compete with one another: the basis vectors of one layer, or the channels that one convolution (or several
 * that share them) puts out. Unit i of the group is index i of every tensor here.
 *
 * @param name of the layer that the units belong to, the first if there are several
 * @param kind what the units are
 * @param size number of units
 * @param kernels tensors that make the units, each [size, c_in, k_h, k_w]
 * @param scales the trained factors v, [size], of basis vectors
 * @param singularValues the singular values s, [size], of basis vectors
 * @param importance sum over the last training of (v dL/dv)^2, [size], if there was one
 * @param parametersPerUnit parameters that go when one unit goes, in a network that is otherwise as it is
 * @param flopsPerUnit FLOPs of one image that go likewise
 */
public record UnitGroup(
        String name,
        UnitKind kind,
        int size,
        List<INDArray> kernels,
        Optional<INDArray> scales,
        Optional<INDArray> singularValues,
        Optional<double[]> importance,
        long parametersPerUnit,
        long flopsPerUnit) {

    public UnitGroup {
        kernels = List.copyOf(kernels);
    }
}
