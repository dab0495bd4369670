package io.espalier.engine;

import io.espalier.network.Network;

/** Makes networks run. */
public interface Engine {

    /** Name by which {@code --engine} chooses it. */
    String name();

    /** What changes its results to the bit besides the network: precision, threads, instruction set. Part of a stage's key. */
    String fingerprint();

    Program compile(Network network, Wanted wanted);
}
