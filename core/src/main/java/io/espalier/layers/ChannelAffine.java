package io.espalier.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@code y = scale * x + shift} per channel, frozen: what a batch norm with fixed statistics computes. Reads and gives
 * [batch, channels, height, width] or [batch, channels].
 */
public final class ChannelAffine extends TensorLayer {

    /** Factor of each channel, [channels]. */
    public static final String SCALE = "scale";

    /** What is added to each channel, [channels]. */
    public static final String SHIFT = "shift";

    private static final long serialVersionUID = 1L;

    /** For DL4J's JSON. */
    ChannelAffine() {}

    public ChannelAffine(long channels) {
        this.nIn = channels;
        this.nOut = channels;
        this.activationFn = new ActivationIdentity();
    }

    @Override
    ChannelAffineLayer atWork(NeuralNetConfiguration configuration, DataType type) {
        return new ChannelAffineLayer(configuration, type);
    }

    @Override
    Tensors tensors() {
        return new Tensors(new Tensors.Tensor(SCALE, new long[] {nIn}, 1), new Tensors.Tensor(SHIFT, new long[] {nIn}, 0));
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return input;
    }
}
