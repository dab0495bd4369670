package io.espalier.engine;

import io.espalier.network.Network;

/** Makes networks run. */
public interface Engine {

    /** Name by which {@code --engine} chooses it. */
    String name();

    /** What changes its results to the bit besides the network: precision, threads, instruction set. Part of a stage's key. */
    String fingerprint();

    /** In what its convolutions read. */
    default Precision precision() {
        return Precision.FLOAT32;
    }

    /** The same engine in float32, in which final results are given: itself, if it computes in nothing else. */
    default Engine exact() {
        return this;
    }

    Program compile(Network network, Wanted wanted);
}
