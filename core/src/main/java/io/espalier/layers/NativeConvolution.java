package io.espalier.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J convolution whose arithmetic is libnd4j's. An engine puts it in the place of {@link ConvolutionLayer}; no saved
 * network holds it.
 */
public final class NativeConvolution extends ConvolutionLayer {

    private static final long serialVersionUID = 1L;

    private final boolean kernelGradient;
    private final boolean inputGradient;

    /**
     * @param layer whose place it takes
     * @param kernelGradient whether the gradients of kernels and bias are wanted
     * @param inputGradient whether the gradient of the input is wanted
     */
    public NativeConvolution(ConvolutionLayer layer, boolean kernelGradient, boolean inputGradient) {
        super(builder(layer));
        this.layerName = layer.getLayerName();
        this.iDropout = layer.getIDropout();
        this.kernelGradient = kernelGradient;
        this.inputGradient = inputGradient;
    }

    private static ConvolutionLayer.Builder builder(ConvolutionLayer layer) {
        ConvolutionLayer.Builder builder = new ConvolutionLayer.Builder(layer.getKernelSize(), layer.getStride(), layer.getPadding())
                .dilation(layer.getDilation())
                .convolutionMode(layer.getConvolutionMode())
                .hasBias(layer.hasBias())
                .activation(layer.getActivationFn())
                .nIn(layer.getNIn())
                .nOut(layer.getNOut());
        return builder;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        ConvolutionArithmetic arithmetic = DilatedArithmetic.of(Convolutions.Geometry.of(this), 2, PlainArithmetic::new);
        NativeConvolutionLayer layer = new NativeConvolutionLayer(configuration, type, arithmetic, kernelGradient, inputGradient);
        layer.take(this, index, view, initialise);
        return layer;
    }
}
