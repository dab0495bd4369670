package io.espalier.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A grouped convolution that computes only the gradients asked for. An engine puts it in; no saved network holds it. */
public final class NativeGroupedConvolution extends GroupedConvolution {

    private static final long serialVersionUID = 1L;

    private final boolean kernelGradient;
    private final boolean inputGradient;

    /**
     * @param layer whose place it takes
     * @param kernelGradient whether the gradients of kernels and bias are wanted
     * @param inputGradient whether the gradient of the input is wanted
     */
    public NativeGroupedConvolution(GroupedConvolution layer, boolean kernelGradient, boolean inputGradient) {
        super(layer, layer.getGroups());
        this.kernelGradient = kernelGradient;
        this.inputGradient = inputGradient;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        return instantiate(configuration, index, view, initialise, type, kernelGradient, inputGradient);
    }
}
