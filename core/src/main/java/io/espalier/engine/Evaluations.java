package io.espalier.engine;

import io.espalier.data.Dataset;
import io.espalier.network.Network;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * Metrics of networks, measured by programs that only predict. What was measured once is not measured again: the same network
 * on the same images in batches of the same size gives the same bits.
 */
public final class Evaluations {

    /** Images at a time where nobody asked for another number. */
    public static final int BATCH = 100;

    /** What metrics follow from, besides the engine. */
    private record Measured(String network, String data, Dataset.Part part, int batch) {}

    private final Engine engine;
    private final Evaluations exact;
    private final Map<Measured, Metrics> known = new ConcurrentHashMap<>();

    /** @param engine that runs the networks */
    public Evaluations(Engine engine) {
        this.engine = engine;
        this.exact = engine.exact() == engine ? null : new Evaluations(engine.exact());
    }

    /** The same in float32: itself, unless the engine computes in less. */
    public Evaluations exact() {
        return exact == null ? this : exact;
    }

    /** What runs the networks. */
    public Engine engine() {
        return engine;
    }

    /**
     * @param batch images at a time
     * @param seen told the number of images done after each batch; whatever it throws ends the measurement
     */
    public Metrics of(Network network, Dataset dataset, Dataset.Part part, int batch, IntConsumer seen) {
        Measured what = new Measured(network.digest(), dataset.digest(), part, batch);
        Metrics metrics = known.get(what);
        if (metrics == null) {
            try (Program program = engine.compile(network, Wanted.PREDICTIONS)) {
                metrics = Evaluation.of(program, network, dataset.part(part), batch, seen);
            }
            known.put(what, metrics);
        }
        return metrics;
    }
}
