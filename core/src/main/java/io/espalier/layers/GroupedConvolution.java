package io.espalier.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution whose channels fall into groups: output channels of a group read the input channels of that group only.
 * Reads [batch, c_in, height, width], gives [batch, c_out, height, width]; W is [c_out, c_in / groups, k_h, k_w], b
 * [c_out]. DL4J has plain and depthwise convolutions only. Source: Xie et al., "Aggregated Residual Transformations for
 * Deep Neural Networks", 2017.
 */
public class GroupedConvolution extends ConvolutionLayer {

    private static final long serialVersionUID = 1L;

    private int groups;

    /** For DL4J's JSON. */
    GroupedConvolution() {}

    /**
     * @param geometry kernel, stride, padding, dilation, mode, c_in, c_out, bias and activation
     * @param groups at least 1; divides c_in and c_out
     * @throws IllegalArgumentException when it does not
     */
    public GroupedConvolution(ConvolutionLayer geometry, int groups) {
        super(builder(geometry));
        if (groups < 1 || geometry.getNIn() < 1 || geometry.getNIn() % groups != 0 || geometry.getNOut() % groups != 0) {
            throw new IllegalArgumentException("a convolution from " + geometry.getNIn() + " to " + geometry.getNOut()
                    + " channels cannot have " + groups + " groups, which must divide both numbers");
        }
        this.layerName = geometry.getLayerName();
        this.weightInitFn = geometry.getWeightInitFn();
        this.iDropout = geometry.getIDropout();
        this.groups = groups;
    }

    private static ConvolutionLayer.Builder builder(ConvolutionLayer like) {
        ConvolutionLayer.Builder builder = new ConvolutionLayer.Builder(like.getKernelSize(), like.getStride(), like.getPadding());
        return builder.dilation(like.getDilation())
                .convolutionMode(like.getConvolutionMode() == null ? ConvolutionMode.Truncate : like.getConvolutionMode())
                .hasBias(like.hasBias())
                .activation(like.getActivationFn())
                .nIn(like.getNIn())
                .nOut(like.getNOut());
    }

    public int getGroups() {
        return groups;
    }

    public void setGroups(int groups) {
        this.groups = groups;
    }

    @Override
    public GroupedConvolution clone() {
        return (GroupedConvolution) super.clone();
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        return instantiate(configuration, index, view, initialise, type, true, true);
    }

    final Layer instantiate(
            NeuralNetConfiguration configuration, int index, INDArray view, boolean initialise, DataType type,
            boolean kernelGradient, boolean inputGradient) {
        ConvolutionArithmetic arithmetic = DilatedArithmetic.of(
                Convolutions.Geometry.of(this), 2, geometry -> new GroupedArithmetic(geometry, groups));
        NativeConvolutionLayer layer = new NativeConvolutionLayer(configuration, type, arithmetic, kernelGradient, inputGradient);
        layer.take(this, index, view, initialise);
        return layer;
    }

    @Override
    public ParamInitializer initializer() {
        return new GroupedKernels();
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional maps) || maps.getChannels() != nIn) {
            throw new IllegalStateException("layer '" + layerName + "' reads " + nIn + " feature maps, not " + input);
        }
        return super.getOutputType(index, input);
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        // The number of channels is given when the layer is made; the kernels depend on it.
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(layerName, GroupedConvolution.class, input, getOutputType(-1, input))
                .standardMemory(initializer().numParams((org.deeplearning4j.nn.conf.layers.Layer) this), 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupedConvolution convolution && convolution.groups == groups && super.equals(other);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + groups;
    }
}
