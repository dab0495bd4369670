package io.espalier.plugins.activations;

import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;

/** Sums of products of the contributions of units, two and two: all that the choice and the least squares need, whatever the number of samples. */
final class Moments {

    /** Of the mean square of a contribution: units that say nothing keep their kernels. */
    private static final double RIDGE = 1e-6;

    private final double[][] products;

    Moments(int units) {
        this.products = new double[units][units];
    }

    static Moments sum(List<Moments> all) {
        Moments sum = new Moments(all.get(0).size());
        all.forEach(one -> sum.add(one, 1 / Math.max(one.total(), Double.MIN_NORMAL)));
        return sum;
    }

    private void add(Moments other, double factor) {
        for (int i = 0; i < size(); i++) {
            for (int j = 0; j < size(); j++) {
                products[i][j] += factor * other.products[i][j];
            }
        }
    }

    /** @param samples contributions [samples][units] */
    void add(double[][] samples) {
        for (double[] sample : samples) {
            for (int i = 0; i < sample.length; i++) {
                for (int j = 0; j < sample.length; j++) {
                    products[i][j] += sample[i] * sample[j];
                }
            }
        }
    }

    int size() {
        return products.length;
    }

    double of(int unit, int other) {
        return products[unit][other];
    }

    /** Sum over the samples of the squared output that all units give together. */
    double total() {
        double total = 0;
        for (double[] row : products) {
            for (double product : row) {
                total += product;
            }
        }
        return total;
    }

    /** Factors of the units that stay which bring their outputs nearest to those of all units. */
    double[] factors(int[] kept) {
        double[][] matrix = new double[kept.length][kept.length];
        double[] whole = new double[kept.length];
        double trace = 0;
        for (int i = 0; i < kept.length; i++) {
            trace += products[kept[i]][kept[i]];
        }
        double ridge = Math.max(RIDGE * trace / kept.length, Double.MIN_NORMAL);
        for (int i = 0; i < kept.length; i++) {
            for (int j = 0; j < kept.length; j++) {
                matrix[i][j] = products[kept[i]][kept[j]] + (i == j ? ridge : 0);
            }
            // Towards 1, not towards 0: what no sample says anything of stays as it is.
            whole[i] = ridge;
            for (int j = 0; j < size(); j++) {
                whole[i] += products[kept[i]][j];
            }
        }
        return new LUDecomposition(new Array2DRowRealMatrix(matrix, false), 0).getSolver().solve(new ArrayRealVector(whole, false)).toArray();
    }
}
