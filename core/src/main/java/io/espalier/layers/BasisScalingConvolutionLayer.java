package io.espalier.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.factory.Nd4j;

/** {@link BasisScalingConvolution} at work. */
final class BasisScalingConvolutionLayer extends BaseLayer<BasisScalingConvolution> {

    private static final long serialVersionUID = 1L;

    private transient INDArray beforeActivation;

    BasisScalingConvolutionLayer(NeuralNetConfiguration configuration, DataType type) {
        super(configuration, type);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray right = getParam(BasisScalingConvolution.RIGHT_VECTORS);
        long rank = right.size(0);
        long channels = right.size(1);
        INDArray scaled = workspaces.createUninitialized(ArrayType.FF_WORKING_MEM, right.dataType(), new long[] {rank, channels}, 'c');
        Nd4j.getExecutioner().exec(new BroadcastMulOp(right, effectiveScales(), scaled, 0));
        long[] shape = {input.size(0), channels, input.size(2), input.size(3)};
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, right.dataType(), shape, 'c');
        INDArray bias = layerConf().isHasBias() ? getParam(BasisScalingConvolution.BIAS) : null;
        Convolutions.convolve(
                input, scaled.reshape(1, 1, rank, channels), bias, output, Convolutions.Geometry.POINTWISE, Convolutions.HEIGHT_WIDTH_IN_OUT);
        beforeActivation = training && !Activations.isKnownFromOutput(layerConf().getActivationFn())
                ? workspaces.dup(ArrayType.ACTIVATIONS, output)
                : output;
        return layerConf().getActivationFn().getActivation(output, training);
    }

    private INDArray effectiveScales() {
        return getParam(BasisScalingConvolution.FACTORS).mul(getParam(BasisScalingConvolution.SINGULAR_VALUES));
    }

    /** dL/dv_j = s_j sum(z_j * (V_j . dL/dy)); dL/dz_j = v_j s_j (V_j . dL/dy). */
    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray delta = Activations.backward(layerConf().getActivationFn(), beforeActivation, epsilon);
        INDArray right = getParam(BasisScalingConvolution.RIGHT_VECTORS);
        INDArray projected = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, delta.dataType(), input.shape(), 'c');
        Convolutions.convolve(
                delta, right.reshape(right.size(0), right.size(1), 1, 1), null, projected,
                Convolutions.Geometry.POINTWISE, Convolutions.OUT_IN_HEIGHT_WIDTH);

        INDArray product = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, delta.dataType(), input.shape(), 'c');
        Nd4j.getExecutioner().exec(new MulOp(input, projected, product));
        INDArray view = gradientViews.get(BasisScalingConvolution.FACTORS);
        view.assign(product.sum(0, 2, 3).muli(getParam(BasisScalingConvolution.SINGULAR_VALUES)));
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(BasisScalingConvolution.FACTORS, view);

        Nd4j.getExecutioner().exec(new BroadcastMulOp(projected, effectiveScales(), projected, 1));
        return new Pair<>(gradient, projected);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public Type type() {
        return Type.CONVOLUTIONAL;
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
