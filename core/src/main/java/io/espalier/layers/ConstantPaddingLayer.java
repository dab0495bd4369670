package io.espalier.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link ConstantPadding} at work. */
final class ConstantPaddingLayer extends AbstractLayer<ConstantPadding> {

    private static final long serialVersionUID = 1L;

    ConstantPaddingLayer(NeuralNetConfiguration configuration, DataType type) {
        super(configuration, type);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        ConstantPadding padding = layerConf();
        long[] shape = {
            input.size(0),
            input.size(1) + padding.getChannels()[0] + padding.getChannels()[1],
            input.size(2) + padding.getRows()[0] + padding.getRows()[1],
            input.size(3) + padding.getColumns()[0] + padding.getColumns()[1]
        };
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), shape, 'c');
        output.assign(padding.getValue());
        inner(output).assign(input);
        return output;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        return new Pair<>(new DefaultGradient(), workspaces.dup(ArrayType.ACTIVATION_GRAD, inner(epsilon), 'c'));
    }

    /** The part of the padded array that the input fills. */
    private INDArray inner(INDArray padded) {
        ConstantPadding padding = layerConf();
        INDArray channels = Views.part(padded, 1, padding.getChannels()[0], input.size(1));
        INDArray rows = Views.part(channels, 2, padding.getRows()[0], input.size(2));
        return Views.part(rows, 3, padding.getColumns()[0], input.size(3));
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {
        // It has no weights.
    }

    @Override
    public Type type() {
        return Type.CONVOLUTIONAL;
    }
}
