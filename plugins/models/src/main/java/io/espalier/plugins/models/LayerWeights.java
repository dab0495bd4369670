package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The weights of one layer in the order in which Keras keeps them (kernel, bias; gamma, beta, mean, variance).
 *
 * @param file they are in
 * @param layer Keras' name
 * @param all data sets in that order
 */
record LayerWeights(Hdf5File file, String layer, List<Hdf5Dataset> all) {

    /** Stands for any extent in an expected shape. */
    static final int ANY = -1;

    /** @throws InputException when there are others than these many */
    LayerWeights require(int number, String what) {
        if (all.size() != number) {
            throw file.refusal("should hold " + what + " for layer '" + layer + "', but has "
                    + (all.isEmpty() ? "no weights for it" : all.stream().map(set -> set.path() + " " + Arrays.toString(set.shape())).toList()),
                    null);
        }
        return this;
    }

    int number() {
        return all.size();
    }

    /** Its shape as the file says; numbers of that shape need not be there. */
    int[] shape(int index) {
        return all.get(index).shape();
    }

    /** The weights at that place in the list, which must have that shape. */
    INDArray array(int index, String what, int... expected) {
        Hdf5Dataset set = all.get(index);
        int[] shape = set.shape();
        boolean fits = shape.length == expected.length;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = shape[i] > 0 && (expected[i] == ANY || expected[i] == shape[i]);
        }
        if (!fits) {
            throw new InputException(file.file() + ": '" + set.path() + "', the " + what + " of layer '" + layer + "', has the shape "
                    + Arrays.toString(shape) + ", its place in the network wants " + words(expected)
                    + ". Get the file again, or save it again by Keras");
        }
        return Nd4j.createFromArray(set.floats()).reshape('c', Arrays.stream(shape).asLongStream().toArray());
    }

    private static String words(int[] shape) {
        StringJoiner words = new StringJoiner(", ", "[", "]");
        Arrays.stream(shape).forEach(extent -> words.add(extent == ANY ? "any" : String.valueOf(extent)));
        return words.toString();
    }
}
