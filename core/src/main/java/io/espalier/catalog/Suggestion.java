package io.espalier.catalog;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** What a person who wrote a name that does not exist may have meant. */
public final class Suggestion {

    /** Below this many letters a part of a name says too little. */
    private static final int SHORTEST_PART = 3;

    private Suggestion() {}

    /**
     * The nearest of the known names, if one is near: by the number of letters to insert, delete, replace or swap with
     * their neighbour (a third of the letters at most), else the first that contains what was written.
     */
    public static Optional<String> of(String written, Collection<String> known) {
        String lower = written.toLowerCase(Locale.ROOT);
        int allowed = Math.max(1, written.length() / 3);
        String nearest = null;
        int least = allowed + 1;
        for (String name : known) {
            int distance = distance(lower, name.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                nearest = name;
            }
        }
        return Optional.ofNullable(nearest).or(() -> containing(lower, known));
    }

    /** {@code ; did you mean 'threshold'?}, or nothing. */
    public static String clause(String written, Collection<String> known) {
        return of(written, known).map(name -> "; did you mean '" + name + "'?").orElse("");
    }

    private static Optional<String> containing(String part, Collection<String> known) {
        return part.length() < SHORTEST_PART
                ? Optional.empty()
                : known.stream().filter(name -> name.toLowerCase(Locale.ROOT).contains(part)).findFirst();
    }

    /** Optimal string alignment: Levenshtein's distance in which swapping two neighbours is one step. */
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
