package io.espalier.plugins.onnx.write;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** Rows and columns that are added around feature maps. */
record Pads(int top, int left, int bottom, int right) {

    static final Pads NONE = new Pads(0, 0, 0, 0);

    /**
     * What a sliding window pads with. {@code Same} is written out for the network's own input size: {@code auto_pad} is
     * deprecated in ONNX, and not every runtime places the odd row as DL4J does, at the bottom.
     */
    static Pads of(Operators operators, ConvolutionMode mode, int[] kernel, int[] stride, int[] padding, int[] dilation) {
        if (mode == ConvolutionMode.Same) {
            InputType.InputTypeConvolutional maps = operators.maps();
            int rows = same(maps.getHeight(), kernel[0], stride[0], dilation[0]);
            int columns = same(maps.getWidth(), kernel[1], stride[1], dilation[1]);
            return new Pads(rows / 2, columns / 2, rows - rows / 2, columns - columns / 2);
        }
        if (mode == ConvolutionMode.Causal) {
            throw operators.refusal("its mode Causal is one of time series");
        }
        return new Pads(padding[0], padding[1], padding[0], padding[1]);
    }

    private static int same(long extent, int kernel, int stride, int dilation) {
        long outputs = (extent + stride - 1) / stride;
        long window = (long) (kernel - 1) * dilation + 1;
        return (int) Math.max(0, (outputs - 1) * stride + window - extent);
    }

    Pads plus(Pads other) {
        return new Pads(top + other.top, left + other.left, bottom + other.bottom, right + other.right);
    }

    /** Whether every window of a kernel covers something that was there before. */
    boolean areSmallerThan(int[] kernel) {
        return Math.max(top, bottom) < kernel[0] && Math.max(left, right) < kernel[1];
    }

    /** In ONNX's order for windows: all beginnings, then all ends. */
    int[] begins() {
        return new int[] {top, left, bottom, right};
    }
}
