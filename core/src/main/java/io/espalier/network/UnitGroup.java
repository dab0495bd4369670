package io.espalier.network;

import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Units that compete with one another: the basis vectors of one layer, or the channels that one convolution puts out. Unit
 * i of the group is index i of every tensor here.
 *
 * @param name of the layer that the units belong to
 * @param kind what the units are
 * @param size number of units
 * @param fullSize number of units that the layer had, or could have had, before any was removed
 * @param kernels tensors that make the units, each [size, c_in, k_h, k_w]
 * @param scales the trained factors v, [size], of basis vectors
 * @param singularValues the singular values s, [size], of basis vectors
 * @param importance sum over the minibatches of the last training of (v dL/dv)^2, [size], if there was one
 * @param cost what one unit costs, and the whole group at most
 */
public record UnitGroup(
        String name,
        UnitKind kind,
        int size,
        int fullSize,
        List<INDArray> kernels,
        Optional<INDArray> scales,
        Optional<INDArray> singularValues,
        Optional<double[]> importance,
        UnitCost cost) {

    public UnitGroup {
        kernels = List.copyOf(kernels);
    }

    /**
     * What units cost, all other groups as they are. Of a decomposed layer k units cost {@code min(k * parameters,
     * wholeParameters)}, since a layer whose rank saves nothing is folded into one convolution.
     *
     * @param parameters of one unit
     * @param flops of one unit, for one image
     * @param wholeParameters of the layer undecomposed; for channels, of all of them
     * @param wholeFlops likewise
     */
    public record UnitCost(long parameters, long flops, long wholeParameters, long wholeFlops) {

        long parametersOf(int units) {
            return Math.min(units * parameters, wholeParameters);
        }

        long flopsOf(int units) {
            return Math.min(units * flops, wholeFlops);
        }
    }
}
