package io.espalier.plugins.models;

import org.deeplearning4j.nn.conf.ConvolutionMode;

/**
 * How a kernel or a pooling goes over a feature map.
 *
 * @param kernel its height and width
 * @param stride down and across
 * @param dilation down and across
 * @param same whether the map is padded so that only the stride makes it smaller; an odd pixel of padding goes to the
 *     bottom and the right, in Keras as in DL4J
 */
record Window(int[] kernel, int[] stride, int[] dilation, boolean same) {

    static Window square(int kernel, int stride, boolean same) {
        return new Window(new int[] {kernel, kernel}, new int[] {stride, stride}, new int[] {1, 1}, same);
    }

    ConvolutionMode mode() {
        return same ? ConvolutionMode.Same : ConvolutionMode.Truncate;
    }

    boolean dilated() {
        return dilation[0] > 1 || dilation[1] > 1;
    }

    /**
     * What "same" puts around a map for a stride of 1, before it and after it.
     *
     * @param axis 0 for rows, 1 for columns
     */
    int[] around(int axis) {
        int all = same ? (kernel[axis] - 1) * dilation[axis] : 0;
        return new int[] {all / 2, all - all / 2};
    }

    /**
     * Extent of what comes out.
     *
     * @param axis 0 for the height, 1 for the width
     * @param extent of what goes in, 0 if that is not known
     * @return 0 if that is not known, negative if nothing comes out
     */
    int out(int axis, int extent) {
        if (extent == 0) {
            return 0;
        }
        long reach = 1 + (kernel[axis] - 1L) * dilation[axis];
        long room = same ? extent - 1L : extent - reach;
        return room < 0 ? -1 : (int) (room / stride[axis] + 1);
    }
}
