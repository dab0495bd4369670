package io.espalier.network;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Thin singular value decomposition M = U diag(s) V^T of a kernel matrix, float64 inside.
 *
 * <p>By the eigenvectors of the smaller Gram matrix. The relative error of a singular vector grows as (s_max / s)^2 times
 * the float64 epsilon; values below {@value #CUT} of the largest are taken as zero, which is below the resolution of the
 * float32 kernel, and the basis is made orthonormal again afterwards.
 *
 * @param left U^T, [r, n], orthonormal rows
 * @param values s, [r], falling, positive
 * @param right V^T, [r, columns], orthonormal rows
 */
record SingularValues(INDArray left, INDArray values, INDArray right) {

    private static final double CUT = 1e-6;
    private static final double ORTHONORMAL = 1e-9;

    /** @param matrix M, [n, columns] */
    static SingularValues of(INDArray matrix) {
        INDArray m = matrix.castTo(DataType.DOUBLE).dup('c');
        boolean wide = m.size(0) < m.size(1);
        INDArray gram = wide ? m.mmul(m.transpose()) : m.transpose().mmul(m);
        Eigenvectors eigen = Eigenvectors.of(gram);
        INDArray known = eigen.vectors();
        INDArray other = wide ? known.mmul(m) : known.mmul(m.transpose());
        INDArray values = other.norm2(1);
        int rank = rank(values);
        INDArray s = values.get(NDArrayIndex.interval(0, rank)).dup();
        INDArray kept = known.get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()).dup('c');
        INDArray derived = derived(other.get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()).dup('c'), s);
        return wide ? new SingularValues(kept, s, derived) : new SingularValues(derived, s, kept);
    }

    /** The largest so many of them, or all there are. */
    SingularValues largest(long count) {
        long rank = Math.min(count, values.length());
        return new SingularValues(
                left.get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()).dup('c'),
                values.get(NDArrayIndex.interval(0, rank)).dup(),
                right.get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()).dup('c'));
    }

    /** Rows over their norms; of a matrix of zeros, which has no direction, any unit vector. */
    private static INDArray derived(INDArray rows, INDArray norms) {
        return norms.getDouble(0) > 0
                ? orthonormal(rows.diviColumnVector(norms.reshape(norms.length(), 1)))
                : Nd4j.eye(rows.size(1)).castTo(DataType.DOUBLE).get(NDArrayIndex.interval(0, 1), NDArrayIndex.all()).dup('c');
    }

    private static int rank(INDArray values) {
        double largest = values.maxNumber().doubleValue();
        int rank = 0;
        while (rank < values.length() && values.getDouble(rank) > CUT * largest) {
            rank++;
        }
        // A kernel of zeros keeps one vector, so that the layer stays a layer.
        return Math.max(rank, 1);
    }

    /** One Newton-Schulz step where rounding has cost orthonormality: X <- (3 I - X X^T) X / 2. */
    private static INDArray orthonormal(INDArray rows) {
        INDArray gram = rows.mmul(rows.transpose());
        INDArray identity = Nd4j.eye(rows.size(0)).castTo(DataType.DOUBLE);
        double error = Transforms.abs(gram.sub(identity)).maxNumber().doubleValue();
        if (!(error > ORTHONORMAL) || error >= 1) {
            return rows;
        }
        return identity.mul(3).subi(gram).mmul(rows).muli(0.5);
    }
}
