package io.espalier.engine;

import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Time of one prediction.
 *
 * @param median of all rounds, in milliseconds
 * @param p95 95th percentile of all rounds, in milliseconds
 */
public record Latency(double median, double p95) {

    private static final int WARM_UP = 3;
    private static final double MILLISECOND = 1e6;

    /**
     * Predicts with each network in turn, round after round, so that a change of the machine's speed meets all of them
     * alike.
     *
     * @param rounds counted, after a few that are not
     */
    public static List<Latency> measure(Engine engine, List<Network> networks, int batch, int rounds) {
        List<Program> programs = new ArrayList<>();
        List<INDArray> images = new ArrayList<>();
        try {
            for (Network network : networks) {
                programs.add(engine.compile(network, Wanted.PREDICTIONS));
                var input = network.preprocessing().input();
                images.add(Nd4j.zeros(DataType.FLOAT, batch, input.channels(), input.height(), input.width()));
            }
            double[][] times = new double[networks.size()][rounds];
            for (int round = -WARM_UP; round < rounds; round++) {
                for (int i = 0; i < programs.size(); i++) {
                    double time = time(programs.get(i), images.get(i));
                    if (round >= 0) {
                        times[i][round] = time;
                    }
                }
            }
            return Arrays.stream(times).map(Latency::of).toList();
        } finally {
            programs.forEach(Program::close);
            images.forEach(INDArray::close);
        }
    }

    private static double time(Program program, INDArray images) {
        long start = System.nanoTime();
        try (INDArray predicted = program.predict(images)) {
            return (System.nanoTime() - start) / MILLISECOND;
        }
    }

    private static Latency of(double[] times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Latency(median, sorted[(int) Math.ceil(0.95 * sorted.length) - 1]);
    }
}
