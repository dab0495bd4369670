package io.espalier.network;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.eigen.Eigen;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Eigenvectors of a symmetric matrix, largest eigenvalue first.
 *
 * @param values eigenvalues, [n], falling
 * @param vectors one eigenvector a row, [n, n]
 */
record Eigenvectors(INDArray values, INDArray vectors) {

    /** @param symmetric [n, n], float64; not written */
    static Eigenvectors of(INDArray symmetric) {
        INDArray columns = symmetric.dup('f');
        INDArray ascending = Eigen.symmetricGeneralizedEigenvalues(columns, true);
        int n = Math.toIntExact(ascending.length());
        INDArray values = Nd4j.createUninitialized(symmetric.dataType(), n);
        INDArray vectors = Nd4j.createUninitialized(symmetric.dataType(), n, n);
        for (int i = 0; i < n; i++) {
            values.putScalar(i, ascending.getDouble(n - 1 - i));
            vectors.putRow(i, columns.getColumn(n - 1 - i));
        }
        return new Eigenvectors(values, vectors);
    }
}
