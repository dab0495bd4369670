package io.espalier.layers;

import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code y = f x}, one trained factor for each channel, behind the activation of a convolution that is frozen. Reads and gives
 * [batch, channels, height, width]. Source: Wong, Kashyap, Moradi, "Channel Scaling: A Scale-and-Select Approach for Transfer
 * Learning", 2021.
 */
public final class ChannelScaling extends FeedForwardLayer {

    /** The trained factors f, [channels]. */
    public static final String FACTORS = "f";

    private static final long serialVersionUID = 1L;

    /** For DL4J's JSON. */
    ChannelScaling() {}

    public ChannelScaling(long channels) {
        this.nIn = channels;
        this.nOut = channels;
        this.activationFn = new ActivationIdentity();
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        Map<String, INDArray> parameters = initializer().init(configuration, view, initialise);
        ChannelScalingLayer layer = new ChannelScalingLayer(configuration, type);
        layer.setIndex(index);
        layer.setParamsViewArray(view);
        layer.setParamTable(parameters);
        return layer;
    }

    @Override
    public ParamInitializer initializer() {
        return new Tensors(new Tensors.Tensor(FACTORS, new long[] {nIn}, 1));
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional maps) || maps.getChannels() != nIn) {
            throw new IllegalStateException("layer '" + layerName + "' scales " + nIn + " feature maps, not " + input);
        }
        return input;
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        // The number of channels is given when the layer is made.
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(layerName, ChannelScaling.class, input, input)
                .standardMemory(initializer().numParams((Layer) this), 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }
}
