package io.espalier.network;

/** A network cannot be pruned in the way asked for; the message names the layer. */
public class UnsupportedTopologyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnsupportedTopologyException(String message) {
        super(message);
    }
}
