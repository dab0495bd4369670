package io.espalier.plugins.activations;

import io.espalier.api.Named;
import io.espalier.api.Option;
import org.pf4j.Extension;

/**
 * Mean rank of a unit's maps as matrices [height, width]. Source: Lin et al., "HRank: Filter Pruning using High-Rank Feature
 * Map", 2020.
 */
@Extension
@Named(value = "hrank", doc = "Mean rank of a unit's feature maps. Lin et al., 2020 (HRank).")
public final class MapRank extends ActivationCriterion<MapRank.Options> {

    /** Of float32, in which the maps are computed. */
    private static final double EPSILON = Math.ulp(1f);

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "128", min = 1) int images,
            @Option(doc = "images in memory at once", defaultValue = "32", min = 1) int batch) implements ActivationCriterion.Pass {}

    @Override
    double[] ofImage(FeatureMaps maps, FeatureMaps.Observed observed, int image) {
        double[] scores = new double[maps.size()];
        for (int unit = 0; unit < scores.length; unit++) {
            int[] channels = maps.channels()[unit];
            for (int channel : channels) {
                scores[unit] += (double) rank(matrix(observed, observed.begin(image, channel))) / channels.length;
            }
        }
        return scores;
    }

    private static double[][] matrix(FeatureMaps.Observed observed, int begin) {
        double[][] matrix = new double[observed.height()][observed.width()];
        for (int i = 0; i < observed.area(); i++) {
            matrix[i / observed.width()][i % observed.width()] = observed.values()[begin + i];
        }
        return matrix;
    }

    /** By elimination with the largest number left as pivot, some fifty times as fast as singular values. */
    static int rank(double[][] matrix) {
        int rank = 0;
        double least = 0;
        while (rank < Math.min(matrix.length, matrix[0].length)) {
            int[] at = largest(matrix, rank);
            double pivot = Math.abs(matrix[at[0]][at[1]]);
            least = rank == 0 ? pivot * Math.max(matrix.length, matrix[0].length) * EPSILON : least;
            if (pivot <= least) {
                break;
            }
            eliminate(matrix, rank, at);
            rank++;
        }
        return rank;
    }

    private static int[] largest(double[][] matrix, int from) {
        int[] at = {from, from};
        for (int row = from; row < matrix.length; row++) {
            for (int column = from; column < matrix[row].length; column++) {
                if (Math.abs(matrix[row][column]) > Math.abs(matrix[at[0]][at[1]])) {
                    at[0] = row;
                    at[1] = column;
                }
            }
        }
        return at;
    }

    private static void eliminate(double[][] matrix, int step, int[] at) {
        double[] pivotRow = matrix[at[0]];
        matrix[at[0]] = matrix[step];
        matrix[step] = pivotRow;
        for (double[] row : matrix) {
            double swapped = row[at[1]];
            row[at[1]] = row[step];
            row[step] = swapped;
        }
        for (int row = step + 1; row < matrix.length; row++) {
            double factor = matrix[row][step] / pivotRow[step];
            for (int column = step; column < pivotRow.length; column++) {
                matrix[row][column] -= factor * pivotRow[column];
            }
        }
    }
}
