package io.espalier.plugins.onnx.write;

import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/** Pooling, by windows and of whole feature maps. */
final class PoolingWriter {

    private static final int[] SPACE = {2, 3};

    private PoolingWriter() {}

    /**
     * Pooling by windows.
     *
     * @param absorbed what a padding layer before it adds, or none: lowest values for a maximum, zeros for a mean
     */
    static void windows(Operators operators, SubsamplingLayer layer, Pads absorbed) {
        Pads pads = Pads.of(operators, layer.getConvolutionMode(), layer.getKernelSize(), layer.getStride(), layer.getPadding(),
                layer.getDilation()).plus(absorbed);
        if (layer.getPoolingType() == PoolingType.MAX) {
            operators.then("MaxPool")
                    .with("kernel_shape", layer.getKernelSize())
                    .with("strides", layer.getStride())
                    .with("dilations", layer.getDilation())
                    .with("pads", pads.begins());
        } else if (layer.getPoolingType() == PoolingType.AVG) {
            refuseDilation(operators, layer);
            boolean counted = layer.isAvgPoolIncludePadInDivisor() || !absorbed.equals(Pads.NONE);
            operators.then("AveragePool")
                    .with("kernel_shape", layer.getKernelSize())
                    .with("strides", layer.getStride())
                    .with("pads", pads.begins())
                    .with("count_include_pad", counted ? 1 : 0);
        } else {
            throw operators.refusal("pooling " + layer.getPoolingType() + " is not known here, only MAX and AVG");
        }
    }

    private static void refuseDilation(Operators operators, SubsamplingLayer layer) {
        for (int dilation : layer.getDilation()) {
            if (dilation != 1) {
                throw operators.refusal("AveragePool has no dilation before opset 19");
            }
        }
    }

    /** The operators that keep height and width as 1 and 1 are older and better known than the reductions, so they are taken there. */
    static void global(Operators operators, GlobalPoolingLayer layer) {
        operators.maps();
        boolean collapse = layer.isCollapseDimensions();
        switch (layer.getPoolingType()) {
            case AVG -> pool(operators, collapse, "ReduceMean", "GlobalAveragePool");
            case MAX -> pool(operators, collapse, "ReduceMax", "GlobalMaxPool");
            case SUM -> operators.then("ReduceSum", operators.integers("axes", 2, 3)).with("keepdims", collapse ? 0 : 1);
            default -> throw operators.refusal("global pooling " + layer.getPoolingType() + " is not known here, only AVG, MAX and SUM");
        }
    }

    private static void pool(Operators operators, boolean collapse, String reduction, String pooling) {
        if (collapse) {
            operators.then(reduction).with("axes", SPACE).with("keepdims", 0);
        } else {
            operators.then(pooling);
        }
    }
}
