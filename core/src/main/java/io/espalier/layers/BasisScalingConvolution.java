package io.espalier.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The second half of a decomposed convolution: a 1x1 convolution {@code y = (diag(v) diag(s) V^T)^T z + b}, then an
 * activation. Reads the basis' outputs z [batch, r, height, width], gives [batch, c_out, height, width]. The factors v are
 * the only thing that trains; s, V and b are frozen. Source: Wong, Kashyap, Moradi, "Basis Scaling and Double Pruning for
 * Efficient Transfer Learning", 2021.
 */
public final class BasisScalingConvolution extends TensorLayer {

    /** The trained factors v, [r]. */
    public static final String FACTORS = "v";

    /** The singular values s, [r]. */
    public static final String SINGULAR_VALUES = "s";

    /** The right singular vectors V^T, [r, c_out]. */
    public static final String RIGHT_VECTORS = "V";

    /** The bias b of the convolution that was decomposed, [c_out]; present if that had one. */
    public static final String BIAS = "b";

    private static final long serialVersionUID = 1L;

    private boolean hasBias;

    /** For DL4J's JSON. */
    BasisScalingConvolution() {}

    /**
     * @param rank number of basis vectors r
     * @param channels output channels c_out
     * @param hasBias whether the convolution had a bias
     * @param activation its activation function
     */
    public BasisScalingConvolution(long rank, long channels, boolean hasBias, IActivation activation) {
        this.nIn = rank;
        this.nOut = channels;
        this.hasBias = hasBias;
        this.activationFn = activation;
    }

    public boolean isHasBias() {
        return hasBias;
    }

    public void setHasBias(boolean hasBias) {
        this.hasBias = hasBias;
    }

    @Override
    BasisScalingConvolutionLayer atWork(NeuralNetConfiguration configuration, DataType type) {
        return new BasisScalingConvolutionLayer(configuration, type);
    }

    @Override
    Tensors tensors() {
        Tensors.Tensor v = new Tensors.Tensor(FACTORS, new long[] {nIn}, 1);
        Tensors.Tensor s = new Tensors.Tensor(SINGULAR_VALUES, new long[] {nIn}, 1);
        Tensors.Tensor right = new Tensors.Tensor(RIGHT_VECTORS, new long[] {nIn, nOut}, 0);
        return hasBias ? new Tensors(v, s, right, new Tensors.Tensor(BIAS, new long[] {nOut}, 0)) : new Tensors(v, s, right);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional maps) || maps.getChannels() != nIn) {
            throw new IllegalStateException("layer '" + layerName + "' reads " + nIn + " feature maps, not " + input);
        }
        return InputType.convolutional(maps.getHeight(), maps.getWidth(), nOut);
    }
}
