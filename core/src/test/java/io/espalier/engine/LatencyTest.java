package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.ForwardingProgram;
import io.espalier.Networks;
import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class LatencyTest {

    private static final int ROUNDS = 5;

    /** DL4J's engine, which counts what is open and what was predicted with, and lets one network sleep. */
    private static final class Counting implements Engine {

        final Engine engine = new Dl4jEngine();
        final Map<Network, Integer> predictions = new IdentityHashMap<>();
        final Network slow;
        int open;
        int most;

        Counting(Network slow) {
            this.slow = slow;
        }

        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public String fingerprint() {
            return engine.fingerprint();
        }

        @Override
        public Program compile(Network network, Wanted wanted) {
            Program program = engine.compile(network, wanted);
            most = Math.max(most, ++open);
            return new ForwardingProgram(program) {

                @Override
                public INDArray predict(INDArray images) {
                    predictions.merge(network, 1, Integer::sum);
                    if (network == slow) {
                        sleep();
                    }
                    return super.predict(images);
                }

                @Override
                public void close() {
                    open--;
                    super.close();
                }
            };
        }

        private static void sleep() {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 6})
    void everyNetworkIsMeasuredAndFewAreReadyAtOnce(int count) {
        List<Network> networks = IntStream.range(0, count).mapToObj(i -> Networks.pooled()).toList();
        Counting engine = new Counting(null);
        assertThat(Latency.measure(engine, networks, 2, ROUNDS)).hasSize(count).allMatch(latency -> latency.median() > 0 && latency.p95() >= latency.median());
        assertThat(engine.open).isZero();
        assertThat(engine.most).isEqualTo(Math.min(count, 3));
        List<Integer> predictions = new ArrayList<>(networks.stream().map(engine.predictions::get).toList());
        assertThat(predictions).allMatch(times -> times >= ROUNDS);
        assertThat(predictions.stream().skip(1).distinct().count()).as("rounds of all but the first").isLessThanOrEqualTo(1);
    }

    @Test
    void timesAreThoseOfTheNetworkInThatPlace() {
        List<Network> networks = IntStream.range(0, 5).mapToObj(i -> Networks.pooled()).toList();
        List<Latency> latencies = Latency.measure(new Counting(networks.get(3)), networks, 1, ROUNDS);
        int slowest = IntStream.range(0, 5).boxed().max((a, b) -> Double.compare(latencies.get(a).median(), latencies.get(b).median())).orElseThrow();
        assertThat(slowest).isEqualTo(3);
        assertThat(latencies.get(3).median()).isGreaterThanOrEqualTo(200);
    }
}
