package io.espalier.layers;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** {@link Gate} at work. */
final class GateVertex extends BaseGraphVertex {

    private static final long serialVersionUID = 1L;

    GateVertex(ComputationGraph graph, String name, int index, DataType type) {
        super(graph, name, index, null, null, type);
    }

    @Override
    public boolean hasLayer() {
        return false;
    }

    @Override
    public Layer getLayer() {
        return null;
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
        INDArray maps = inputs[0];
        INDArray output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, maps.dataType(), maps.shape(), 'c');
        Nd4j.exec(DynamicCustomOp.builder("multiply").addInputs(maps, factors()).addOutputs(output).build());
        return output;
    }

    private INDArray factors() {
        INDArray gate = inputs[1];
        return gate.rank() == 2 ? gate.reshape(gate.size(0), gate.size(1), 1, 1) : gate;
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
        INDArray maps = inputs[0];
        INDArray factors = factors();
        INDArray ofMaps = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, maps.dataType(), maps.shape(), 'c');
        INDArray ofFactors = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, maps.dataType(), factors.shape(), 'c');
        Nd4j.exec(DynamicCustomOp.builder("multiply_bp").addInputs(maps, factors, epsilon).addOutputs(ofMaps, ofFactors).build());
        return new Pair<>(null, new INDArray[] {ofMaps, ofFactors.reshape(inputs[1].shape())});
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray view) {
        if (view != null) {
            throw new IllegalArgumentException("gate '" + vertexName + "' has no parameters, so no gradients of any");
        }
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArrays(INDArray[] masks, MaskState state, int batch) {
        return masks == null || masks.length == 0 ? null : new Pair<>(masks[0], state);
    }

    @Override
    public String toString() {
        return "GateVertex(name=" + vertexName + ")";
    }
}
