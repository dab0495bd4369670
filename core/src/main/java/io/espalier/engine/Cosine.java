package io.espalier.engine;

import org.nd4j.linalg.schedule.ISchedule;

/**
 * A learning rate that falls from {@code initial} to zero along half a cosine: {@code initial (1 + cos(pi t / total)) / 2}.
 * Source: Loshchilov, Hutter, "SGDR", 2017, without restarts.
 *
 * @param initial value at the first step
 * @param total number of steps
 */
public record Cosine(double initial, int total) implements ISchedule {

    private static final long serialVersionUID = 1L;

    @Override
    public double valueAt(int iteration, int epoch) {
        return initial * (1 + Math.cos(Math.PI * Math.min(iteration, total) / total)) / 2;
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
