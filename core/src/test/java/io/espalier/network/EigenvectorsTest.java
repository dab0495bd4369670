package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class EigenvectorsTest {

    /** Covariances of few images: most eigenvalues are 0 but for rounding, which is where the solver alone would not converge. */
    @Test
    void matricesOfLowRankHaveThemTooAtAnyScale() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int size = 2 + random.nextInt(160);
            int rank = 1 + random.nextInt((size + 1) / 2);
            INDArray rounding = products(random, size, size).mul(Math.pow(10, -12 - random.nextInt(5)));
            INDArray matrix = products(random, rank, size).add(rounding).mul(Math.pow(10, random.nextInt(20) - 12));
            Eigenvectors eigen = Eigenvectors.of(matrix);
            INDArray again = eigen.vectors().transpose().mmul(eigen.vectors().mulColumnVector(eigen.values().reshape(size, 1)));
            double largest = Transforms.abs(matrix).maxNumber().doubleValue();
            assertThat(Transforms.abs(again.sub(matrix)).maxNumber().doubleValue()).as("%d x %d of rank %d", size, size, rank).isLessThan(1e-12 * largest);
            INDArray identity = eigen.vectors().mmul(eigen.vectors().transpose());
            assertThat(Transforms.abs(identity.sub(Nd4j.eye(size))).maxNumber().doubleValue()).isLessThan(1e-12);
            for (int i = 1; i < size; i++) {
                assertThat(eigen.values().getDouble(i)).isLessThanOrEqualTo(eigen.values().getDouble(i - 1));
            }
        }
    }

    private static INDArray products(Random random, int rank, int size) {
        INDArray rows = Nd4j.createFromArray(random.doubles((long) rank * size).map(x -> x - 0.5).toArray()).reshape(rank, size);
        return rows.transpose().mmul(rows);
    }

    @Test
    void aMatrixOfZerosHasAnyBasis() {
        Eigenvectors eigen = Eigenvectors.of(Nd4j.zeros(DataType.DOUBLE, 3, 3));
        assertThat(eigen.values().toDoubleVector()).containsOnly(0);
        assertThat(Transforms.abs(eigen.vectors()).sumNumber().doubleValue()).isEqualTo(3);
    }
}
