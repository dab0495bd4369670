package io.espalier.plugins.activations;

/**
 * Removes units one after the other, always the one without which those that are gone by then would add least, squared and
 * summed over the samples. A unit's score is that error when it goes, so the lowest scores are the first to go.
 */
final class GreedyRemoval {

    /** Keeps the order where the error does not grow. */
    private static final double STEP = 1e-12;

    private GreedyRemoval() {}

    static double[] scores(Moments moments) {
        int units = moments.size();
        double[] scores = new double[units];
        boolean[] gone = new boolean[units];
        // Of the unit's contribution with all that is gone.
        double[] coupled = new double[units];
        double error = 0;
        double score = 0;
        for (int step = 0; step < units; step++) {
            int best = -1;
            for (int unit = 0; unit < units; unit++) {
                if (!gone[unit] && (best < 0 || growth(moments, coupled, unit) < growth(moments, coupled, best))) {
                    best = unit;
                }
            }
            error += growth(moments, coupled, best);
            score = Math.max(score + STEP, error);
            scores[best] = score;
            gone[best] = true;
            for (int unit = 0; unit < units; unit++) {
                coupled[unit] += moments.of(unit, best);
            }
        }
        return scores;
    }

    private static double growth(Moments moments, double[] coupled, int unit) {
        return 2 * coupled[unit] + moments.of(unit, unit);
    }
}
