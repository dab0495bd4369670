package io.espalier.layers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Cuts a grouped convolution's flat parameter view into bias and kernels, in the order of DL4J's own convolution. */
final class GroupedKernels extends ConvolutionParamInitializer {

    @Override
    public long numParams(Layer layer) {
        GroupedConvolution convolution = (GroupedConvolution) layer;
        return weights(convolution) + (convolution.hasBias() ? convolution.getNOut() : 0);
    }

    private static long weights(GroupedConvolution convolution) {
        long weights = 1;
        for (long extent : shape(convolution)) {
            weights *= extent;
        }
        return weights;
    }

    private static long[] shape(GroupedConvolution convolution) {
        int[] kernel = convolution.getKernelSize();
        return new long[] {convolution.getNOut(), convolution.getNIn() / convolution.getGroups(), kernel[0], kernel[1]};
    }

    @Override
    protected INDArray createWeightMatrix(NeuralNetConfiguration configuration, INDArray view, boolean initialise) {
        GroupedConvolution convolution = (GroupedConvolution) configuration.getLayer();
        long[] shape = shape(convolution);
        if (!initialise) {
            return view.reshape('c', shape);
        }
        double area = shape[2] * shape[3];
        int[] stride = convolution.getStride();
        double in = shape[1] * area;
        double out = area * shape[0] / convolution.getGroups() / (stride[0] * stride[1]);
        return convolution.getWeightInitFn().init(in, out, shape, 'c', view);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration configuration, INDArray view) {
        GroupedConvolution convolution = (GroupedConvolution) configuration.getLayer();
        INDArray flat = view.reshape(view.length());
        long biases = convolution.hasBias() ? convolution.getNOut() : 0;
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        if (biases > 0) {
            gradients.put(BIAS_KEY, flat.get(NDArrayIndex.interval(0, biases)));
        }
        gradients.put(WEIGHT_KEY, flat.get(NDArrayIndex.interval(biases, flat.length())).reshape('c', shape(convolution)));
        return gradients;
    }
}
