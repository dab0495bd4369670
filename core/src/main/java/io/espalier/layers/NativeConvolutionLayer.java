package io.espalier.layers;

import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A convolution at work, of whatever kind. */
final class NativeConvolutionLayer extends BaseLayer<ConvolutionLayer> {

    private static final long serialVersionUID = 1L;

    private final boolean kernelGradient;
    private final boolean inputGradient;
    private final transient ConvolutionArithmetic arithmetic;
    private transient INDArray reversedKernels;
    private transient INDArray beforeActivation;

    /**
     * @param kernelGradient whether the gradients of kernels and bias are wanted
     * @param inputGradient whether the gradient of the input is wanted
     */
    NativeConvolutionLayer(
            NeuralNetConfiguration configuration, DataType type, ConvolutionArithmetic arithmetic, boolean kernelGradient,
            boolean inputGradient) {
        super(configuration, type);
        this.arithmetic = arithmetic;
        this.kernelGradient = kernelGradient;
        this.inputGradient = inputGradient;
    }

    /** Binds the parameters that lie in the network's flat view. */
    void take(ConvolutionLayer configured, int position, INDArray view, boolean initialise) {
        Map<String, INDArray> parameters = configured.initializer().init(conf, view, initialise);
        setIndex(position);
        setParamsViewArray(view);
        setParamTable(parameters);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaces);
        INDArray kernels = getParam(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray bias = layerConf().hasBias() ? flatBias() : null;
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, kernels.dataType(), outputShape(), 'c');
        arithmetic.forward(input, kernels, bias, output);
        beforeActivation = training && !Activations.isKnownFromOutput(layerConf().getActivationFn())
                ? workspaces.dup(ArrayType.ACTIVATIONS, output)
                : output;
        return layerConf().getActivationFn().getActivation(output, training);
    }

    private INDArray flatBias() {
        INDArray bias = getParam(ConvolutionParamInitializer.BIAS_KEY);
        return bias.reshape(bias.length());
    }

    private long[] outputShape() {
        InputType.InputTypeConvolutional out = (InputType.InputTypeConvolutional)
                layerConf().getOutputType(index, InputType.convolutional(input.size(2), input.size(3), input.size(1)));
        return new long[] {input.size(0), out.getChannels(), out.getHeight(), out.getWidth()};
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        Gradient gradient = new DefaultGradient();
        INDArray delta = Activations.backward(layerConf().getActivationFn(), beforeActivation, epsilon);
        if (!kernelGradient && !inputGradient) {
            return new Pair<>(gradient, null);
        }
        INDArray below = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, delta.dataType(), input.shape(), 'c');
        if (!kernelGradient && arithmetic.isReversible()) {
            arithmetic.inputGradient(delta, reversedKernels(), below);
        } else {
            backward(delta, below, gradient);
        }
        return new Pair<>(gradient, backpropDropOutIfPresent(below));
    }

    private void backward(INDArray delta, INDArray below, Gradient gradient) {
        INDArray kernels = getParam(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray kernelView = gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray bias = layerConf().hasBias() ? flatBias() : null;
        INDArray biasView = bias == null ? null : gradientViews.get(ConvolutionParamInitializer.BIAS_KEY);
        INDArray flatBiasView = bias == null ? null : biasView.reshape(biasView.length());
        arithmetic.backward(input, kernels, bias, delta, below, kernelView, flatBiasView);
        if (kernelGradient) {
            gradient.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, kernelView);
            if (bias != null) {
                gradient.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, biasView);
            }
        }
    }

    /** Frozen kernels do not change, so they are turned once. */
    private INDArray reversedKernels() {
        if (reversedKernels == null) {
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                reversedKernels = arithmetic.reversed(getParam(ConvolutionParamInitializer.WEIGHT_KEY));
            }
        }
        return reversedKernels;
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public Layer.Type type() {
        return Layer.Type.CONVOLUTIONAL;
    }

    @Override
    public void setParams(INDArray params) {
        setParams(params, 'c');
    }

    @Override
    public void clear() {
        super.clear();
        beforeActivation = null;
    }
}
