package io.espalier.plugins.onnx.read;

/** What an index of a feature map runs over. */
enum Axis {
    BATCH,
    CHANNEL,
    HEIGHT,
    WIDTH
}
