package io.espalier.routes.cli;

import io.espalier.network.Network;
import java.util.List;

/** Measures what networks cost. */
public interface Measures {

    /** What a network costs once it is folded: parameters without batch norm's statistics; FLOPs of one image. */
    Cost cost(Network network);

    /** Size of the network's file in one and the same format (ONNX), whatever format it came in. */
    long bytes(Network network);

    /** Time of a prediction for each of the networks, measured in turns. */
    List<Latency> latency(List<Network> networks, int batch);

    /** What a network costs. */
    record Cost(long parameters, long flops) {}

    /** Milliseconds. */
    record Latency(double median, double p95) {}
}
