package io.espalier.network;

/** What pruning removes. */
public enum UnitKind {
    /** A basis vector of a decomposed convolution: a filter of its first layer, a row of its second, a factor. */
    BASIS_VECTOR,
    /** A channel: a filter and everything that reads or carries its output. */
    CHANNEL
}
