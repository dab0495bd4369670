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

/** {@link ChannelScaling} at work. */
final class ChannelScalingLayer extends BaseLayer<ChannelScaling> {

    private static final long serialVersionUID = 1L;

    ChannelScalingLayer(NeuralNetConfiguration configuration, DataType type) {
        super(configuration, type);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
        return Nd4j.getExecutioner().exec(new BroadcastMulOp(input, getParam(ChannelScaling.FACTORS), output, 1));
    }

    /** dL/df_c = sum(x_c dL/dy_c); dL/dx_c = f_c dL/dy_c. */
    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray product = workspaces.createUninitialized(ArrayType.BP_WORKING_MEM, epsilon.dataType(), epsilon.shape(), 'c');
        Nd4j.getExecutioner().exec(new MulOp(input, epsilon, product));
        INDArray view = gradientViews.get(ChannelScaling.FACTORS);
        view.assign(product.sum(0, 2, 3));
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(ChannelScaling.FACTORS, view);

        INDArray below = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, epsilon.dataType(), epsilon.shape(), 'c');
        Nd4j.getExecutioner().exec(new BroadcastMulOp(epsilon, getParam(ChannelScaling.FACTORS), below, 1));
        return new Pair<>(gradient, below);
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
}
