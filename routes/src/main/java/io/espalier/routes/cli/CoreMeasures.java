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

/** Measures with core's own means, and the plugins that write files. */
final class CoreMeasures implements Measures {

    /** ONNX holds every network that can be made here but for some layers of DL4J's own, which DL4J's format holds. */
    private static final List<String> FORMATS = List.of("onnx", "dl4j");
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
        try {
            Path folder = Files.createTempDirectory("espalier-size");
            Path file = folder.resolve("network");
            try {
                write(network, file);
                return Files.size(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new RunFailedException("the size of a network could not be measured: " + e.getMessage() + "\n    free space in the folder for temporary files", e);
        }
    }

    private void write(Network network, Path file) throws IOException {
        IllegalArgumentException refusal = null;
        for (String format : FORMATS) {
            try {
                write(binder.find(ModelWriter.class, format), network, file);
                return;
            } catch (IllegalArgumentException e) {
                refusal = e;
            }
        }
        throw new RunFailedException("the size of a network could not be measured, since no format holds it: " + refusal.getMessage(), refusal);
    }

    /** The options are of the type that the writer declares: the catalog bound them for it. */
    @SuppressWarnings("unchecked")
    private void write(Extension writer, Network network, Path file) throws IOException {
        ((ModelWriter<Record>) writer.instance()).write(network, Map.of(), file, binder.bind(writer, Map.of()).value());
    }
}
