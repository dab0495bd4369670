package io.espalier.run;

import java.util.List;

/**
 * Where the rows of a tensor are. A tensor that keeps some rows of another one costs no more than this.
 *
 * @param shape of the tensor
 * @param stretches rows in order
 */
record StoredTensor(long[] shape, List<Stretch> stretches) {

    /**
     * Rows side by side in one pack.
     *
     * @param pack name of the pack
     * @param first index of the first of them
     * @param count how many
     */
    record Stretch(String pack, int first, int count) {

        boolean continues(Stretch before) {
            return pack.equals(before.pack) && first == before.first + before.count;
        }
    }
}
