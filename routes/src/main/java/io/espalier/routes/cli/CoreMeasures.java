package io.espalier.routes.cli;

import io.espalier.api.ModelWriter;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.Extension;
import io.espalier.engine.Engine;
import io.espalier.network.Network;
import io.espalier.routes.Binder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Measures with core's own means, and the plugin that writes DL4J's format. */
final class CoreMeasures implements Measures {

    private static final String COMMON_FORMAT = "dl4j";
    /** Enough for a 95th percentile that is not the slowest round. */
    private static final int ROUNDS = 40;

    private final Engine engine;
    private final Binder binder;

    CoreMeasures(Engine engine, Binder binder) {
        this.engine = engine;
        this.binder = binder;
    }

    @Override
    public Cost cost(Network network) {
        io.espalier.network.Cost cost = io.espalier.network.Cost.of(network);
        return new Cost(cost.parameters(), cost.flops());
    }

    @Override
    public List<Latency> latency(List<Network> networks, int batch) {
        return io.espalier.engine.Latency.measure(engine, networks, batch, ROUNDS).stream()
                .map(latency -> new Latency(latency.median(), latency.p95()))
                .toList();
    }

    @Override
    public long bytes(Network network) {
        Extension writer = binder.find(ModelWriter.class, COMMON_FORMAT);
        try {
            Path folder = Files.createTempDirectory("espalier-size");
            Path file = folder.resolve("network");
            try {
                write(writer, network, file);
                return Files.size(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new RunFailedException("the size of a network could not be measured: " + e.getMessage() + "\n    free space in the folder for temporary files", e);
        }
    }

    /** The options are of the type that the writer declares: the catalog bound them for it. */
    @SuppressWarnings("unchecked")
    private void write(Extension writer, Network network, Path file) throws IOException {
        ((ModelWriter<Record>) writer.instance()).write(network, Map.of(), file, binder.bind(writer, Map.of()).value());
    }
}
