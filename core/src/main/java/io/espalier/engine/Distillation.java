package io.espalier.engine;

/**
 * A loss that a teacher has a share in: (1 - share) CE(y, softmax(z)) + share T^2 KL(q, softmax(z / T)), with labels y, scores z and what
 * the teacher answers at temperature T, q = softmax(t / T). At a temperature of 1 it is the cross-entropy with a target between label
 * and answer, less what no training can change. The weights of classes are in both terms. Source: Hinton, Vinyals, Dean, "Distilling the
 * Knowledge in a Neural Network", 2015.
 *
 * @param share of the teacher, above 0, at most 1
 * @param temperature by which scores are divided, at least 1
 */
public record Distillation(double share, double temperature) {

    public Distillation {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share=" + share + " is out of range: 0 < share <= 1");
        }
        if (!(temperature >= 1 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature=" + temperature + " is out of range: temperature >= 1");
        }
    }

    /** softmax(t / temperature) of what a program gave as softmax(t); written over it. */
    void soften(double[] probabilities) {
        double sum = 0;
        for (int c = 0; c < probabilities.length; c++) {
            probabilities[c] = Math.pow(probabilities[c], 1 / temperature);
            sum += probabilities[c];
        }
        for (int c = 0; c < probabilities.length; c++) {
            probabilities[c] /= sum;
        }
    }
}
