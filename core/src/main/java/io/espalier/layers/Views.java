package io.espalier.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Parts of arrays that share their memory. {@code INDArray.get} gives an empty array, without a word, for some parts of an
 * array that is a view itself: it compares an offset into the whole buffer with the length of the view.
 */
final class Views {

    private Views() {}

    /** The slices from {@code start} on along an axis. */
    static INDArray part(INDArray array, int axis, long start, long length) {
        return part(array, axis, start, length, 1);
    }

    /** Every {@code step}th slice from {@code start} on along an axis, {@code length} of them. */
    static INDArray part(INDArray array, int axis, long start, long length, int step) {
        if (start < 0 || length < 1 || start + (length - 1) * step >= array.size(axis)) {
            throw new IllegalArgumentException(length + " slices from " + start + " in steps of " + step + " are not in axis " + axis
                    + " of an array with " + array.size(axis));
        }
        long[] shape = array.shape().clone();
        long[] strides = array.stride().clone();
        long offset = array.offset() + start * strides[axis];
        shape[axis] = length;
        strides[axis] *= step;
        return Nd4j.create(array.data(), shape, strides, offset, Shape.getOrder(shape, strides, -1));
    }
}
