package io.espalier.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well class probabilities fit labels. Shares between 0 and 1.
 *
 * @param accuracy share of images whose most probable class is right
 * @param balancedAccuracy mean of the recall of the classes that occur
 * @param auc area under the ROC curve: of class 1 where there are two, else the mean over classes, each against the rest;
 *     NaN where a class does not occur or a probability is no number
 * @param loss mean cross-entropy
 * @param recall share of each class' images that were put into it; NaN where the class does not occur
 */
public record Metrics(double accuracy, double balancedAccuracy, double auc, double loss, List<Double> recall) {

    private static final double SMALLEST = 1e-10;

    public Metrics {
        recall = List.copyOf(recall);
    }

    /**
     * @param probabilities of each image and class, [images][classes]
     * @param labels of each image
     */
    public static Metrics of(float[][] probabilities, int[] labels, int classes) {
        int[] occurs = new int[classes];
        int[] right = new int[classes];
        double loss = 0;
        for (int i = 0; i < labels.length; i++) {
            occurs[labels[i]]++;
            right[labels[i]] += mostProbable(probabilities[i]) == labels[i] ? 1 : 0;
            loss -= Math.log(Math.max(probabilities[i][labels[i]], SMALLEST));
        }
        List<Double> recall = IntStream.range(0, classes).mapToObj(c -> occurs[c] == 0 ? Double.NaN : (double) right[c] / occurs[c]).toList();
        double balanced = recall.stream().filter(r -> !r.isNaN()).mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        double accuracy = (double) IntStream.of(right).sum() / labels.length;
        return new Metrics(accuracy, balanced, auc(probabilities, labels, classes), loss / labels.length, recall);
    }

    private static int mostProbable(float[] probabilities) {
        int best = 0;
        for (int c = 1; c < probabilities.length; c++) {
            if (probabilities[c] > probabilities[best]) {
                best = c;
            }
        }
        return best;
    }

    private static double auc(float[][] probabilities, int[] labels, int classes) {
        if (classes == 2) {
            return oneAgainstRest(probabilities, labels, 1);
        }
        return IntStream.range(0, classes).mapToDouble(c -> oneAgainstRest(probabilities, labels, c)).average().orElse(Double.NaN);
    }

    /** Mann-Whitney: ranks of the class' images among all, ties sharing their mean rank. */
    private static double oneAgainstRest(float[][] probabilities, int[] labels, int positive) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, labels.length).boxed().toList());
        // NaN equals nothing, itself included, so it has no rank.
        if (order.stream().anyMatch(i -> Float.isNaN(probabilities[i][positive]))) {
            return Double.NaN;
        }
        order.sort(Comparator.comparingDouble(i -> probabilities[i][positive]));
        double rankSum = 0;
        long positives = 0;
        for (int from = 0; from < order.size(); ) {
            int to = from;
            while (to < order.size() && probabilities[order.get(to)][positive] == probabilities[order.get(from)][positive]) {
                to++;
            }
            double rank = (from + 1 + to) / 2.0;
            for (int i = from; i < to; i++) {
                if (labels[order.get(i)] == positive) {
                    rankSum += rank;
                    positives++;
                }
            }
            from = to;
        }
        long negatives = labels.length - positives;
        return positives == 0 || negatives == 0
                ? Double.NaN
                : (rankSum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }
}
