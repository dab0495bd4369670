package io.espalier.layers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Cuts a layer's flat parameter view into named tensors, in C order one after the other. Their initial values are set by
 * whoever makes the layer.
 */
final class Tensors implements ParamInitializer {

    /**
     * A named tensor of a layer.
     *
     * @param key DL4J's parameter name
     * @param shape its shape
     * @param initial value that it starts with
     */
    record Tensor(String key, long[] shape, double initial) {

        long length() {
            long length = 1;
            for (long extent : shape) {
                length *= extent;
            }
            return length;
        }
    }

    private final List<Tensor> tensors;

    Tensors(Tensor... tensors) {
        this.tensors = List.of(tensors);
    }

    @Override
    public long numParams(NeuralNetConfiguration configuration) {
        return numParams(configuration.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return tensors.stream().mapToLong(Tensor::length).sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return tensors.stream().map(Tensor::key).toList();
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return List.of();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return List.of();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return false;
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return false;
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration configuration, INDArray view, boolean initialise) {
        Map<String, INDArray> parameters = cut(view);
        for (Tensor tensor : tensors) {
            configuration.addVariable(tensor.key());
            if (initialise) {
                parameters.get(tensor.key()).assign(tensor.initial());
            }
        }
        return Collections.synchronizedMap(parameters);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration configuration, INDArray view) {
        return cut(view);
    }

    private Map<String, INDArray> cut(INDArray view) {
        INDArray flat = view.reshape(view.length());
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        long offset = 0;
        for (Tensor tensor : tensors) {
            INDArray part = flat.get(NDArrayIndex.interval(offset, offset + tensor.length()));
            parameters.put(tensor.key(), part.reshape('c', tensor.shape()));
            offset += tensor.length();
        }
        return parameters;
    }
}
