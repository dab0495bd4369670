package io.espalier.engine;

import io.espalier.data.Dataset;
import java.util.Arrays;

/** What who cannot tell images apart gets right, and what it costs: by that a training that came undone is known. */
final class Guessing {

    /** How far above the share of the most frequent class an accuracy must have been for its fall to mean anything. */
    private static final double CLEARLY_ABOVE = 0.1;
    /** The same in standard errors of guessing: on few images luck alone goes further than that. */
    private static final double BEYOND_LUCK = 4;
    private static final double AS_GOOD = 0.02;
    /** A loss below this share of what guessing costs is not a guesser's. */
    private static final double CHEAPER = 0.8;

    /** Of always naming the most frequent class. */
    private final double accuracy;
    private final double balancedAccuracy;
    private final double margin;
    private final double loss;

    Guessing(Dataset dataset, int classes) {
        double[] validation = shares(dataset.validation().classCounts(classes));
        this.accuracy = Arrays.stream(validation).max().orElse(0);
        this.balancedAccuracy = 1.0 / validation.length;
        this.margin = Math.max(CLEARLY_ABOVE, BEYOND_LUCK * Math.sqrt(accuracy * (1 - accuracy) / dataset.validation().size()));
        // The entropy of the shares; where classes have weights, guessing costs more than that.
        this.loss = Arrays.stream(shares(dataset.train().classCounts(classes))).map(share -> -share * Math.log(share)).sum();
    }

    /** Of the classes that there are images of. */
    private static double[] shares(int[] counts) {
        double all = Arrays.stream(counts).sum();
        return Arrays.stream(counts).filter(count -> count > 0).mapToDouble(count -> count / all).toArray();
    }

    /**
     * Whether these images might have been guessed: no more right answers than the most frequent class alone gives, and the classes told no
     * better. Where classes are rare but weighted, fewer answers may be right although all classes are told apart.
     */
    boolean isAsGoodAs(Metrics validation) {
        return validation.accuracy() <= accuracy + AS_GOOD && validation.balancedAccuracy() <= balancedAccuracy + AS_GOOD;
    }

    /** Whether a validation accuracy is more than guessing gives with luck. */
    boolean isWorseThan(double accuracy) {
        return accuracy >= this.accuracy + margin;
    }

    /** Whether a mean training loss (cross-entropy) is clearly lower than that of guessing. */
    boolean costsMoreThan(double loss) {
        return loss < CHEAPER * this.loss;
    }

    /**
     * Whether a mean training loss is nearer to what a network cost before than to what guessing costs. Of a network that is hardly better
     * than guessing itself {@link #costsMoreThan} would not be true whatever it did.
     */
    boolean isFartherThan(double before, double loss) {
        return before < this.loss && loss < (before + this.loss) / 2;
    }
}
