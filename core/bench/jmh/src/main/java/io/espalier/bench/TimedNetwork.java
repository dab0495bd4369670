package io.espalier.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A network that predicts and trains; which one is the business of those that extend this. */
@State(Scope.Benchmark)
public abstract class TimedNetwork extends Timed {

    private Running running;

    final void run(Running network) {
        running = network;
    }

    @Benchmark
    public void predict() {
        running.predict();
    }

    @Benchmark
    public double step() {
        return running.step();
    }

    @TearDown
    public void close() {
        running.close();
    }
}
