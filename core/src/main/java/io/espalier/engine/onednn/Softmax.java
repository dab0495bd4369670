package io.espalier.engine.onednn;

import io.espalier.engine.Distillation;
import io.espalier.engine.Wanted;
import java.util.Arrays;
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
     * Mean loss, and its gradient.
     *
     * @param scores [batch, classes]
     * @param targets as {@link io.espalier.engine.Program#step} has them
     * @param wanted says which loss
     * @param gradient with respect to the scores, written here, [batch, classes]
     */
    static double loss(float[] scores, int classes, float[] targets, Wanted wanted, float[] gradient) {
        Arrays.fill(gradient, 0);
        double share = wanted.distillation().map(Distillation::share).orElse(0.0);
        Target labels = new Target(targets, targets.length / (scores.length / classes), 0);
        double loss = (1 - share) * divergence(of(scores, classes), labels, wanted.classWeights(), 1 - share, gradient);
        if (wanted.distillation().isPresent()) {
            double temperature = wanted.distillation().get().temperature();
            float[] cooled = new float[scores.length];
            for (int i = 0; i < scores.length; i++) {
                cooled[i] = (float) (scores[i] / temperature);
            }
            Target answers = new Target(targets, labels.stride(), classes);
            loss += share * temperature * temperature
                    * divergence(of(cooled, classes), answers, wanted.classWeights(), share * temperature, gradient);
        }
        return loss;
    }

    /** Probabilities in a row of numbers for each image. */
    private record Target(float[] numbers, int stride, int offset) {

        double of(int image, int c) {
            return numbers[image * stride + offset + c];
        }
    }

    /** Of one-hot targets it is the cross-entropy. Adds a factor times its gradient. */
    private static double divergence(double[][] probabilities, Target target, List<Double> weights, double factor, float[] gradient) {
        double loss = 0;
        int batch = probabilities.length;
        for (int image = 0; image < batch; image++) {
            double[] p = probabilities[image];
            double[] y = new double[p.length];
            double sum = 0;
            for (int c = 0; c < p.length; c++) {
                double given = target.of(image, c);
                y[c] = given * (weights.isEmpty() ? 1 : weights.get(c));
                sum += y[c];
                loss += y[c] * (Math.log(Math.max(given, CLIP)) - Math.log(Math.min(Math.max(p[c], CLIP), 1 - CLIP)));
            }
            for (int c = 0; c < p.length; c++) {
                gradient[image * p.length + c] += (float) (factor * (p[c] * sum - y[c]) / batch);
            }
        }
        return loss / batch;
    }
}
