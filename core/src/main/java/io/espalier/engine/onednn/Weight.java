package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A tensor that a primitive reads and that follows from parameters: a kernel, a kernel times factors, a bias. Two weights of
 * one name are the same.
 *
 * @param name unique in a program
 * @param extents as oneDNN sees it
 * @param strides of each axis in what {@code value} gives
 * @param from the parameters that it follows from
 * @param value gives it in C order, of any shape
 */
record Weight(String name, long[] extents, long[] strides, Set<ParameterKey> from, Function<Parameters, INDArray> value) {

    /** A weight whose extents are those of its C order. */
    static Weight of(String name, Set<ParameterKey> from, Function<Parameters, INDArray> value, long... extents) {
        long[] strides = new long[extents.length];
        long stride = 1;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= extents[axis];
        }
        return new Weight(name, extents, strides, from, value);
    }

    /** The same parameters, computed from further. */
    Weight changed(String suffix, Set<ParameterKey> more, BiFunction<INDArray, Parameters, INDArray> change) {
        Set<ParameterKey> all = new HashSet<>(from);
        all.addAll(more);
        return new Weight(name + suffix, extents, strides, all, parameters -> change.apply(value.apply(parameters), parameters));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Weight weight && weight.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + Arrays.toString(extents);
    }
}
