package io.espalier.network;

import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;

/** Configurations of layers with other numbers of channels. */
final class Resized {

    private Resized() {}

    /** A copy of the node's layer that reads and gives so many. */
    static FeedForwardLayer layer(Node node, long in, long out) {
        FeedForwardLayer layer = (FeedForwardLayer) node.layer().orElseThrow().clone();
        layer.setNIn(in);
        layer.setNOut(out);
        return layer;
    }
}
