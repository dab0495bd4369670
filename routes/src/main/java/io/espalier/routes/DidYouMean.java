package io.espalier.routes;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The nearest of known names to one that was written. */
public final class DidYouMean {

    private DidYouMean() {}

    /** {@code ; did you mean 'model'?}, or nothing when no name is near. */
    public static String clause(String written, Collection<String> known) {
        Optional<String> nearest = known.stream().min(Comparator.comparingInt(name -> distance(written, name)));
        return nearest.filter(name -> distance(written, name) <= Math.max(1, written.length() / 3))
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("");
    }

    /** Levenshtein's distance, swapped neighbours counting one. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 || j == 0 ? i + j : step(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int step(int[][] d, String a, String b, int i, int j) {
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, 1 + d[i - 2][j - 2]) : best;
    }
}
