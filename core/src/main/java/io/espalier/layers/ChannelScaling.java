package io.espalier.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@code y = f x}, one trained factor for each channel, behind the activation of a convolution that is frozen. Reads and gives
 * [batch, channels, height, width]. Source: Wong, Kashyap, Moradi, "Channel Scaling: A Scale-and-Select Approach for Transfer
 * Learning", 2021.
 */
public final class ChannelScaling extends TensorLayer {

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
    ChannelScalingLayer atWork(NeuralNetConfiguration configuration, DataType type) {
        return new ChannelScalingLayer(configuration, type);
    }

    @Override
    Tensors tensors() {
        return new Tensors(new Tensors.Tensor(FACTORS, new long[] {nIn}, 1));
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional maps) || maps.getChannels() != nIn) {
            throw new IllegalStateException("layer '" + layerName + "' scales " + nIn + " feature maps, not " + input);
        }
        return input;
    }
}
