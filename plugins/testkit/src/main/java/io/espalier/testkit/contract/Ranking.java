package io.espalier.testkit.contract;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How far two scorings of the same units agree: the mean over groups, by their sizes, of Spearman's rank correlation. */
final class Ranking {

    private static final int FEWEST = 4;

    private double sum;
    private int units;

    /** Groups of fewer than four units say little, those of equal scores nothing. */
    void add(double[] first, double[] second) {
        if (first.length >= FEWEST && Arrays.stream(first).distinct().count() > 1 && Arrays.stream(second).distinct().count() > 1) {
            sum += first.length * correlation(ranks(first), ranks(second));
            units += first.length;
        }
    }

    boolean isFlat() {
        return units == 0;
    }

    double agreement() {
        return sum / units;
    }

    /** Ranks from 0, those of equal values the mean of theirs. */
    private static double[] ranks(double[] values) {
        return Arrays.stream(values).map(value -> {
            long below = Arrays.stream(values).filter(other -> other < value).count();
            long equal = Arrays.stream(values).filter(other -> other == value).count();
            return below + (equal - 1) / 2.0;
        }).toArray();
    }

    private static double correlation(double[] a, double[] b) {
        double mean = (a.length - 1) / 2.0;
        double covariance = IntStream.range(0, a.length).mapToDouble(i -> (a[i] - mean) * (b[i] - mean)).sum();
        return covariance / Math.sqrt(squares(a, mean) * squares(b, mean));
    }

    private static double squares(double[] values, double mean) {
        return Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    }
}
