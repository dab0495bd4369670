package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.espalier.Networks;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {

    /** Probabilities of class 1 of two. */
    private static float[][] binary(double... ofClassOne) {
        float[][] probabilities = new float[ofClassOne.length][];
        for (int i = 0; i < ofClassOne.length; i++) {
            probabilities[i] = new float[] {(float) (1 - ofClassOne[i]), (float) ofClassOne[i]};
        }
        return probabilities;
    }

    @Test
    void twoClassesByHand() {
        Metrics metrics = Metrics.of(binary(0.1, 0.4, 0.35, 0.8), new int[] {0, 0, 1, 1}, 2);
        assertThat(metrics.accuracy()).isEqualTo(0.75);
        assertThat(metrics.recall()).containsExactly(1.0, 0.5);
        assertThat(metrics.balancedAccuracy()).isEqualTo(0.75);
        // Of the four pairs of a positive and a negative, all but (0.35, 0.4) are in order.
        assertThat(metrics.auc()).isEqualTo(0.75);
        assertThat(metrics.loss()).isCloseTo(-(Math.log(0.9) + Math.log(0.6) + Math.log(0.35) + Math.log(0.8)) / 4, within(1e-6));
    }

    @Test
    void accuracyCountsImagesAndBalancedAccuracyCountsClasses() {
        Metrics metrics = Metrics.of(binary(0.1, 0.1, 0.1, 0.1, 0.9, 0.2), new int[] {0, 0, 0, 0, 0, 1}, 2);
        assertThat(metrics.accuracy()).isCloseTo(4 / 6.0, within(1e-12));
        assertThat(metrics.recall()).containsExactly(0.8, 0.0);
        assertThat(metrics.balancedAccuracy()).isCloseTo(0.4, within(1e-12));
    }

    @Test
    void tiesCountHalf() {
        assertThat(Metrics.of(binary(0.5, 0.5, 0.5, 0.5), new int[] {0, 1, 0, 1}, 2).auc()).isEqualTo(0.5);
        // Pairs: 0.5 against 0.5 is half, 0.5 against 0.2 and 0.7 against both are whole: 3.5 of 4.
        assertThat(Metrics.of(binary(0.5, 0.2, 0.5, 0.7), new int[] {0, 0, 1, 1}, 2).auc()).isEqualTo(0.875);
    }

    @Test
    void separatedClassesHaveAnAreaOfOneAndSwappedOnesOfZero() {
        assertThat(Metrics.of(binary(0.1, 0.2, 0.3), new int[] {0, 0, 1}, 2).auc()).isEqualTo(1);
        assertThat(Metrics.of(binary(0.3, 0.2, 0.1), new int[] {0, 0, 1}, 2).auc()).isEqualTo(0);
    }

    @Test
    void whereAClassDoesNotOccurItsRecallAndTheAreaAreNoNumbers() {
        Metrics metrics = Metrics.of(binary(0.1, 0.6), new int[] {0, 0}, 2);
        assertThat(metrics.recall()).containsExactly(0.5, Double.NaN);
        assertThat(metrics.balancedAccuracy()).isEqualTo(0.5);
        assertThat(metrics.auc()).isNaN();
        float[][] three = {{0.5f, 0.3f, 0.2f}, {0.1f, 0.8f, 0.1f}};
        assertThat(Metrics.of(three, new int[] {0, 1}, 3).auc()).isNaN();
        assertThat(Metrics.of(three, new int[] {0, 1}, 3).balancedAccuracy()).isEqualTo(1);
    }

    @Test
    void ofSeveralClassesTheAreaIsTheMeanOfEachAgainstTheRest() {
        float[][] probabilities = {{0.6f, 0.3f, 0.1f}, {0.5f, 0.4f, 0.1f}, {0.2f, 0.35f, 0.45f}, {0.3f, 0.1f, 0.6f}};
        Metrics metrics = Metrics.of(probabilities, new int[] {0, 1, 1, 2}, 3);
        // Class 0: 0.6 above 0.5, 0.2, 0.3. Class 1: 0.4 and 0.35 above 0.3 and 0.1. Class 2: 0.6 above 0.1, 0.1, 0.45.
        assertThat(metrics.auc()).isEqualTo(1);
        assertThat(metrics.accuracy()).isEqualTo(0.5);
        assertThat(metrics.recall()).containsExactly(1.0, 0.0, 1.0);
    }

    /** The area is the share of pairs of a positive and a negative in which the positive has the higher score. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 6})
    void theAreaIsTheShareOfPairsInOrder(int classes) {
        Random random = new Random(Networks.SEED);
        int images = 120;
        float[][] probabilities = new float[images][classes];
        int[] labels = new int[images];
        for (int i = 0; i < images; i++) {
            labels[i] = i % classes;
            for (int c = 0; c < classes; c++) {
                // Few values, so that many are equal.
                probabilities[i][c] = (random.nextInt(10) + (c == labels[i] ? 2 : 0)) / 20f;
            }
        }
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += shareOfPairs(probabilities, labels, c);
        }
        double expected = classes == 2 ? shareOfPairs(probabilities, labels, 1) : sum / classes;
        assertThat(Metrics.of(probabilities, labels, classes).auc()).isCloseTo(expected, within(1e-12));
    }

    private static double shareOfPairs(float[][] probabilities, int[] labels, int positive) {
        double inOrder = 0;
        int pairs = 0;
        for (int i = 0; i < labels.length; i++) {
            for (int j = 0; j < labels.length; j++) {
                if (labels[i] == positive && labels[j] != positive) {
                    int compared = Float.compare(probabilities[i][positive], probabilities[j][positive]);
                    inOrder += compared > 0 ? 1 : compared == 0 ? 0.5 : 0;
                    pairs++;
                }
            }
        }
        return inOrder / pairs;
    }

    @Test
    void predictionsThatAreNoNumbersEndInALossThatIsNone() {
        float[][] broken = {{Float.NaN, Float.NaN}, {Float.NaN, Float.NaN}};
        Metrics metrics = assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> Metrics.of(broken, new int[] {0, 1}, 2));
        assertThat(metrics.loss()).isNaN();
        assertThat(metrics.auc()).isNaN();
    }
}
