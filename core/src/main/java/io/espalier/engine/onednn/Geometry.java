package io.espalier.engine.onednn;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/**
 * How a window moves over maps; every pair is height, width.
 *
 * @param kernel extent of the window
 * @param stride of its steps
 * @param dilation distance of the pixels that it sees, 1 for neighbours
 * @param before padding at top and left; ignored when {@code same}
 * @param after padding at bottom and right; ignored when {@code same}
 * @param same whether the padding is that of TensorFlow's SAME
 */
record Geometry(long[] kernel, long[] stride, long[] dilation, long[] before, long[] after, boolean same) {

    static final Geometry POINTWISE =
            new Geometry(new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1}, new long[] {0, 0}, new long[] {0, 0}, false);

    static Geometry of(ConvolutionLayer layer) {
        return of(layer.getKernelSize(), layer.getStride(), layer.getDilation(), layer.getPadding(), layer.getConvolutionMode());
    }

    static Geometry of(SubsamplingLayer layer) {
        return of(layer.getKernelSize(), layer.getStride(), layer.getDilation(), layer.getPadding(), layer.getConvolutionMode());
    }

    private static Geometry of(int[] kernel, int[] stride, int[] dilation, int[] padding, ConvolutionMode mode) {
        return new Geometry(longs(kernel), longs(stride), longs(dilation), longs(padding), longs(padding), mode == ConvolutionMode.Same);
    }

    private static long[] longs(int[] pair) {
        return new long[] {pair[0], pair[1]};
    }

    /** The same with more padding of zeros, if it says its padding itself. */
    Geometry padded(long[] top, long[] bottom) {
        return new Geometry(
                kernel, stride, dilation, new long[] {before[0] + top[0], before[1] + top[1]},
                new long[] {after[0] + bottom[0], after[1] + bottom[1]}, false);
    }

    boolean isDilated() {
        return dilation[0] > 1 || dilation[1] > 1;
    }

    private long reach(int axis) {
        return (kernel[axis] - 1) * dilation[axis] + 1;
    }

    /** Extents of what comes out of maps of those extents. */
    long[] output(long height, long width) {
        return new long[] {output(0, height), output(1, width)};
    }

    private long output(int axis, long extent) {
        return same
                ? (extent + stride[axis] - 1) / stride[axis]
                : (extent + before[axis] + after[axis] - reach(axis)) / stride[axis] + 1;
    }

    /** Padding at top and left for maps of those extents. */
    long[] before(long height, long width) {
        return same ? new long[] {missing(0, height) / 2, missing(1, width) / 2} : before;
    }

    /** Padding at bottom and right for maps of those extents. */
    long[] after(long height, long width) {
        return same
                ? new long[] {missing(0, height) - missing(0, height) / 2, missing(1, width) - missing(1, width) / 2}
                : after;
    }

    private long missing(int axis, long extent) {
        return Math.max(0, (output(axis, extent) - 1) * stride[axis] + reach(axis) - extent);
    }

    /** oneDNN counts the pixels left out. */
    long[] gaps() {
        return new long[] {dilation[0] - 1, dilation[1] - 1};
    }
}
