package io.espalier.plugins.onnx.read;

/** What a name in the file stands for once extents are known: a constant, or what the network computes of an image. */
sealed interface Value permits Tensor, Feature {

    /** Extents in the file's own order. */
    long[] shape();
}
