package io.espalier.network;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Parts of tensors. */
final class Slices {

    private Slices() {}

    /** The slices of those indices along a dimension, in that order; a new array in C order. */
    static INDArray along(INDArray tensor, int dimension, long[] indices) {
        long[] shape = tensor.shape().clone();
        shape[dimension] = indices.length;
        INDArray result = Nd4j.createUninitialized(tensor.dataType(), shape, 'c');
        for (int i = 0; i < indices.length; i++) {
            slice(result, dimension, i).assign(slice(tensor, dimension, indices[i]));
        }
        return result;
    }

    private static INDArray slice(INDArray tensor, int dimension, long index) {
        return tensor.rank() == 1 ? tensor.getScalar(index) : tensor.slice(index, dimension);
    }
}
