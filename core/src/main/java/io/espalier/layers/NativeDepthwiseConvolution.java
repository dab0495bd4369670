package io.espalier.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J depthwise convolution that computes only the gradients asked for. DL4J's own computes its output a second time and
 * the gradients of its kernels in every step backwards. An engine puts it in; no saved network holds it.
 */
public final class NativeDepthwiseConvolution extends DepthwiseConvolution2D {

    private static final long serialVersionUID = 1L;

    private final boolean kernelGradient;
    private final boolean inputGradient;

    /**
     * @param layer whose place it takes
     * @param kernelGradient whether the gradients of kernels and bias are wanted
     * @param inputGradient whether the gradient of the input is wanted
     */
    public NativeDepthwiseConvolution(DepthwiseConvolution2D layer, boolean kernelGradient, boolean inputGradient) {
        super(builder(layer));
        this.layerName = layer.getLayerName();
        this.iDropout = layer.getIDropout();
        this.kernelGradient = kernelGradient;
        this.inputGradient = inputGradient;
    }

    private static Builder builder(DepthwiseConvolution2D like) {
        Builder builder = new Builder(like.getKernelSize(), like.getStride(), like.getPadding());
        return builder.depthMultiplier(like.getDepthMultiplier())
                .dilation(like.getDilation())
                .convolutionMode(like.getConvolutionMode() == null ? ConvolutionMode.Truncate : like.getConvolutionMode())
                .hasBias(like.hasBias())
                .activation(like.getActivationFn())
                .nIn(like.getNIn())
                .nOut(like.getNOut());
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        ConvolutionArithmetic arithmetic = DilatedArithmetic.of(Convolutions.Geometry.of(this), 0, DepthwiseArithmetic::new);
        NativeConvolutionLayer layer = new NativeConvolutionLayer(configuration, type, arithmetic, kernelGradient, inputGradient);
        layer.take(this, index, view, initialise);
        return layer;
    }
}
