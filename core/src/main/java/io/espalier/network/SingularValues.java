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
record SingularValues(INDArray left, INDArray values, INDArray right) implements AutoCloseable {

    private static final double CUT = 1e-6;
    private static final double ORTHONORMAL = 1e-9;

    /** @param matrix M, [n, columns] */
    static SingularValues of(INDArray matrix) {
        try (INDArray gram = gram(matrix); Eigenvectors known = Eigenvectors.of(gram)) {
            return of(matrix, known, Long.MAX_VALUE);
        }
    }

    /** The smaller Gram matrix, float64: M^T M, or M M^T where M has fewer rows than columns. */
    static INDArray gram(INDArray matrix) {
        try (INDArray m = doubles(matrix)) {
            return wide(m) ? m.mmul(m.transpose()) : m.transpose().mmul(m);
        }
    }

    /**
     * The largest of them alone.
     *
     * @param matrix M, [n, columns]
     * @param ofGram of {@link #gram}
     * @param count of singular values, or all there are where these are fewer
     */
    static SingularValues of(INDArray matrix, Eigenvectors ofGram, long count) {
        INDArray known = ofGram.vectors();
        // What is made on the way is as large as the kernel, in float64: left to the garbage collector it was a third of a run's memory.
        try (INDArray m = doubles(matrix); INDArray other = wide(m) ? known.mmul(m) : known.mmul(m.transpose())) {
            INDArray values = other.norm2(1);
            long rank = Math.min(count, rank(values));
            INDArray s = values.get(NDArrayIndex.interval(0, rank)).dup();
            INDArray kept = first(known, rank);
            INDArray derived = derived(first(other, rank), s);
            return wide(m) ? new SingularValues(kept, s, derived) : new SingularValues(derived, s, kept);
        }
    }

    private static INDArray doubles(INDArray matrix) {
        return Nd4j.createUninitialized(DataType.DOUBLE, matrix.shape(), 'c').assign(matrix);
    }

    private static boolean wide(INDArray matrix) {
        return matrix.size(0) < matrix.size(1);
    }

    private static INDArray first(INDArray rows, long count) {
        return rows.get(NDArrayIndex.interval(0, count), NDArrayIndex.all()).dup('c');
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

    /** One Newton-Schulz step where rounding has cost orthonormality: X <- (3 I - X X^T) X / 2. Takes the rows over. */
    private static INDArray orthonormal(INDArray rows) {
        try (INDArray gram = rows.mmul(rows.transpose()); INDArray identity = Nd4j.eye(rows.size(0)).castTo(DataType.DOUBLE)) {
            double error = Transforms.abs(gram.sub(identity)).maxNumber().doubleValue();
            if (!(error > ORTHONORMAL) || error >= 1) {
                return rows;
            }
            INDArray step = identity.mul(3).subi(gram).mmul(rows).muli(0.5);
            rows.close();
            return step;
        }
    }

    @Override
    public void close() {
        left.close();
        values.close();
        right.close();
    }
}
