package io.espalier.plugins.activations;

import io.espalier.api.Named;
import io.espalier.api.Option;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.pf4j.Extension;

/**
 * Mean over images of what the nuclear norm of all maps of a layer, as a matrix [channels, height * width], loses when those
 * of the unit are zero: a unit whose maps the others span loses little. Source: Sui et al., "CHIP: CHannel Independence-based
 * Pruning for Compact Neural Networks", 2021.
 */
@Extension
@Named(value = "chip", doc = "What the nuclear norm of a layer's maps loses without the unit's. Sui et al., 2021 (CHIP).")
public final class ChannelIndependence extends ActivationCriterion<ChannelIndependence.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "16", min = 1) int images,
            @Option(doc = "images in memory at once", defaultValue = "16", min = 1) int batch) implements ActivationCriterion.Pass {}

    @Override
    double[] ofImage(FeatureMaps maps, FeatureMaps.Observed observed, int image) {
        double[][] rows = rows(maps, observed, image);
        double whole = nuclearNorm(rows, new boolean[rows.length]);
        double[] scores = new double[maps.size()];
        int row = 0;
        for (int unit = 0; unit < scores.length; unit++) {
            boolean[] zero = new boolean[rows.length];
            Arrays.fill(zero, row, row + maps.channels()[unit].length, true);
            row += maps.channels()[unit].length;
            scores[unit] = whole - nuclearNorm(rows, zero);
        }
        return scores;
    }

    /** The maps of the group, unit by unit, each a row. */
    private static double[][] rows(FeatureMaps maps, FeatureMaps.Observed observed, int image) {
        return Arrays.stream(maps.channels())
                .flatMapToInt(Arrays::stream)
                .mapToObj(channel -> row(observed, observed.begin(image, channel)))
                .toArray(double[][]::new);
    }

    private static double[] row(FeatureMaps.Observed observed, int begin) {
        double[] row = new double[observed.area()];
        for (int i = 0; i < row.length; i++) {
            row[i] = observed.values()[begin + i];
        }
        return row;
    }

    /** Sum of the singular values of the rows that stay, from the eigenvalues of the smaller Gram matrix. */
    private static double nuclearNorm(double[][] rows, boolean[] zero) {
        double[][] kept = IntStream.range(0, rows.length).filter(i -> !zero[i]).mapToObj(i -> rows[i]).toArray(double[][]::new);
        if (kept.length == 0) {
            return 0;
        }
        double[][] gram = kept.length <= kept[0].length ? products(kept) : products(transposed(kept));
        // Maps that are alike make a matrix of low rank, on which Commons Math may not converge. It does with a multiple of the identity
        // added that is as large as the largest eigenvalue, which the trace is a bound of.
        double shift = IntStream.range(0, gram.length).mapToDouble(i -> gram[i][i]).sum();
        for (int i = 0; i < gram.length; i++) {
            gram[i][i] += shift;
        }
        double[] eigenvalues = new EigenDecomposition(new Array2DRowRealMatrix(gram, false)).getRealEigenvalues();
        return Arrays.stream(eigenvalues).map(value -> Math.sqrt(Math.max(0, value - shift))).sum();
    }

    private static double[][] products(double[][] rows) {
        double[][] gram = new double[rows.length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = 0;
                for (int k = 0; k < rows[i].length; k++) {
                    sum += rows[i][k] * rows[j][k];
                }
                gram[i][j] = sum;
                gram[j][i] = sum;
            }
        }
        return gram;
    }

    private static double[][] transposed(double[][] rows) {
        double[][] columns = new double[rows[0].length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < rows[i].length; j++) {
                columns[j][i] = rows[i][j];
            }
        }
        return columns;
    }
}
