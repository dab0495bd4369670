package io.espalier.engine;

import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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
    private static final int BESIDE_THE_FIRST = 2;
    private static final double MILLISECOND = 1e6;

    /**
     * Predicts with each network in turn, round after round, so that a change of the machine's speed meets all of them
     * alike. A few at a time are ready to run, the first of all among them each time, so that many large ones need no more memory
     * than few; it has as many times the rounds.
     *
     * @param rounds counted, after a few that are not
     */
    public static List<Latency> measure(Engine engine, List<Network> networks, int batch, int rounds) {
        // What was done before is not to be collected while this is timed, nor to lie beside it.
        System.gc();
        List<DoubleStream.Builder> times = networks.stream().map(network -> DoubleStream.builder()).toList();
        int from = 1;
        do {
            int to = Math.min(from + BESIDE_THE_FIRST, networks.size());
            int[] together = IntStream.concat(IntStream.of(0), IntStream.range(from, to)).limit(networks.size()).toArray();
            measure(engine, networks, together, batch, rounds, times);
            from = to;
        } while (from < networks.size());
        return times.stream().map(builder -> of(builder.build().toArray())).toList();
    }

    private static void measure(
            Engine engine, List<Network> networks, int[] together, int batch, int rounds, List<DoubleStream.Builder> times) {
        List<Program> programs = new ArrayList<>();
        List<INDArray> images = new ArrayList<>();
        try {
            for (int network : together) {
                programs.add(engine.compile(networks.get(network), Wanted.PREDICTIONS));
                var input = networks.get(network).preprocessing().input();
                images.add(Nd4j.zeros(DataType.FLOAT, batch, input.channels(), input.height(), input.width()));
            }
            for (int round = -WARM_UP; round < rounds; round++) {
                for (int i = 0; i < together.length; i++) {
                    double time = time(programs.get(i), images.get(i));
                    if (round >= 0) {
                        times.get(together[i]).add(time);
                    }
                }
            }
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
