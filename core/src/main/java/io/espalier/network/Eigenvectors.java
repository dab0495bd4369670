package io.espalier.network;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Eigenvectors of a symmetric matrix, largest eigenvalue first. Computed in Java: the LAPACK that comes with ND4J
 * 1.0.0-M2.1 (OpenBLAS 0.3.19) returns vectors that are not orthogonal from 200 x 200 on, on CPUs with AVX-512.
 *
 * @param values eigenvalues, [n], falling
 * @param vectors one eigenvector a row, [n, n]
 */
record Eigenvectors(INDArray values, INDArray vectors) implements AutoCloseable {

    /** Of each matrix, in the order given. Java works on one matrix with one core, so on several at once. */
    static List<Eigenvectors> ofAll(List<INDArray> symmetric) {
        return symmetric.parallelStream().map(Eigenvectors::of).toList();
    }

    /** @param symmetric [n, n], float64; not written */
    static Eigenvectors of(INDArray symmetric) {
        double[][] matrix = exactlySymmetric(symmetric);
        // Commons Math may not converge where many eigenvalues are small beside the largest, which is where images are few or filters
        // alike: what rounding leaves is larger than what it waits for. With a multiple of the identity added that is as large as the
        // largest (the largest sum of a row is a bound), none is small, and the vectors are the same.
        double shift = Arrays.stream(matrix).mapToDouble(row -> Arrays.stream(row).map(Math::abs).sum()).max().orElse(0);
        for (int i = 0; i < matrix.length; i++) {
            matrix[i][i] += shift;
        }
        EigenDecomposition decomposition = new EigenDecomposition(new Array2DRowRealMatrix(matrix, false));
        // V^T holds the eigenvectors as rows, and the values of a symmetric matrix come sorted, largest first.
        double[] values = Arrays.stream(decomposition.getRealEigenvalues()).map(value -> value - shift).toArray();
        return new Eigenvectors(Nd4j.createFromArray(values), Nd4j.createFromArray(decomposition.getVT().getData()));
    }

    /** Rounding in a product leaves differences that would make the solver take the matrix for a general one. */
    private static double[][] exactlySymmetric(INDArray symmetric) {
        double[][] values = symmetric.toDoubleMatrix();
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < i; j++) {
                values[i][j] = values[j][i];
            }
        }
        return values;
    }

    @Override
    public void close() {
        values.close();
        vectors.close();
    }
}
