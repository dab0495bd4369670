package io.espalier.network;

/** Makes standard layers of all that a method put into a network. */
public final class Folding {

    private Folding() {}

    /** {@link Decomposition#fold}, and {@link ChannelScalings#fold}. */
    public static Network fold(Network network) {
        return ChannelScalings.fold(Decomposition.fold(network));
    }
}
