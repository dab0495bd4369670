package io.espalier.data;

import io.espalier.data.Labelled.Image;

/**
 * Other height and width for an image, axis by axis. An axis that grows is interpolated linearly between the two nearest
 * pixel centres (output i lies at (i + 0.5) * in / out - 0.5, held at the border); an axis that shrinks takes the mean of
 * the pixels that output i covers, each weighted by how much of it is covered.
 */
final class Resampling {

    /** Output i of an axis is the sum of weights[i][k] * input[first[i] + k]; the weights of an output add up to 1. */
    private record Axis(int[] first, double[][] weights) {

        static Axis of(int from, int to) {
            int[] first = new int[to];
            double[][] weights = new double[to][];
            for (int i = 0; i < to; i++) {
                if (to < from) {
                    first[i] = (int) ((long) i * from / to);
                    weights[i] = covered(i, from, to, first[i]);
                } else {
                    double centre = Math.max(0, (i + 0.5) * from / to - 0.5);
                    first[i] = Math.min((int) centre, from - 1);
                    double share = centre - first[i];
                    weights[i] = first[i] + 1 < from ? new double[] {1 - share, share} : new double[] {1};
                }
            }
            return new Axis(first, weights);
        }

        private static double[] covered(int i, int from, int to, int first) {
            double start = (double) i * from / to;
            double end = (i + 1.0) * from / to;
            int last = Math.min((int) Math.ceil(end), from);
            double[] weights = new double[last - first];
            for (int k = 0; k < weights.length; k++) {
                double overlap = Math.min(end, first + k + 1.0) - Math.max(start, first + k);
                weights[k] = Math.max(0, overlap) * to / from;
            }
            return weights;
        }
    }

    private Resampling() {}

    static Image apply(Image image, Extent wished) {
        ImageShape from = image.shape();
        ImageShape to = new ImageShape(from.channels(), wished.height(), wished.width());
        Axis rows = Axis.of(from.height(), to.height());
        Axis columns = Axis.of(from.width(), to.width());
        byte[] resized = new byte[to.length()];
        float[] narrow = new float[from.height() * to.width()];
        for (int channel = 0; channel < from.channels(); channel++) {
            alongRows(image.pixels(), channel * from.height() * from.width(), from, columns, narrow);
            alongColumns(narrow, rows, to, resized, channel * to.height() * to.width());
        }
        return new Image(to, resized);
    }

    private static void alongRows(byte[] pixels, int start, ImageShape from, Axis columns, float[] narrow) {
        int width = columns.first.length;
        for (int row = 0; row < from.height(); row++) {
            int line = start + row * from.width();
            for (int column = 0; column < width; column++) {
                double sum = 0;
                double[] weights = columns.weights[column];
                for (int k = 0; k < weights.length; k++) {
                    sum += weights[k] * (pixels[line + columns.first[column] + k] & 0xff);
                }
                narrow[row * width + column] = (float) sum;
            }
        }
    }

    private static void alongColumns(float[] narrow, Axis rows, ImageShape to, byte[] resized, int start) {
        int width = to.width();
        for (int row = 0; row < to.height(); row++) {
            double[] weights = rows.weights[row];
            for (int column = 0; column < width; column++) {
                double sum = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum += weights[k] * narrow[(rows.first[row] + k) * width + column];
                }
                resized[start + row * width + column] = (byte) Math.max(0, Math.min(255, Math.round(sum)));
            }
        }
    }
}
