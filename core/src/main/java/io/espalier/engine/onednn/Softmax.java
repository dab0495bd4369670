package io.espalier.engine.onednn;

import java.util.List;

/** The end of a classifier: few numbers, so Java computes them, in double precision. */
final class Softmax {

    /** What DL4J's cross-entropy holds probabilities apart from 0 and 1 by. */
    private static final double CLIP = 1e-10;

    private Softmax() {}

    /** Turns scores [batch][classes] into probabilities. */
    static double[][] of(float[] scores, int classes) {
        double[][] probabilities = new double[scores.length / classes][classes];
        for (int image = 0; image < probabilities.length; image++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                largest = Math.max(largest, scores[image * classes + c]);
            }
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                probabilities[image][c] = Math.exp(scores[image * classes + c] - largest);
                sum += probabilities[image][c];
            }
            for (int c = 0; c < classes; c++) {
                probabilities[image][c] /= sum;
            }
        }
        return probabilities;
    }

    /**
     * Mean cross-entropy, and its gradient.
     *
     * @param probabilities [batch][classes]
     * @param labels one-hot, [batch, classes]
     * @param weights of the classes; empty for 1 each
     * @param gradient with respect to the scores, written here, [batch, classes]
     */
    static double loss(double[][] probabilities, float[] labels, List<Double> weights, float[] gradient) {
        double loss = 0;
        int batch = probabilities.length;
        for (int image = 0; image < batch; image++) {
            double[] p = probabilities[image];
            double[] y = new double[p.length];
            double sum = 0;
            for (int c = 0; c < p.length; c++) {
                y[c] = labels[image * p.length + c] * (weights.isEmpty() ? 1 : weights.get(c));
                sum += y[c];
                loss -= y[c] * Math.log(Math.min(Math.max(p[c], CLIP), 1 - CLIP));
            }
            for (int c = 0; c < p.length; c++) {
                gradient[image * p.length + c] = (float) ((p[c] * sum - y[c]) / batch);
            }
        }
        return loss / batch;
    }
}
