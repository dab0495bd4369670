package io.espalier.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J activation layer that leaves its input as it is. DL4J's own, outside of training or frozen, writes its output over
 * its input, which others may read: a shortcut, or who asked for the feature maps. An engine puts this one in its place; no
 * saved network holds it.
 */
public final class SeparateActivation extends ActivationLayer {

    private static final long serialVersionUID = 1L;

    /** @param layer whose place it takes */
    public SeparateActivation(ActivationLayer layer) {
        super(layer.getActivationFn());
        this.layerName = layer.getLayerName();
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        AtWork layer = new AtWork(configuration, type);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(view);
        layer.setParamTable(initializer().init(configuration, view, initialise));
        layer.setConf(configuration);
        return layer;
    }

    private static final class AtWork extends org.deeplearning4j.nn.layers.ActivationLayer {

        private static final long serialVersionUID = 1L;

        AtWork(NeuralNetConfiguration configuration, DataType type) {
            super(configuration, type);
        }

        @Override
        public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
            assertInputSet(false);
            INDArray copy = workspaces.dup(ArrayType.ACTIVATIONS, input, input.ordering());
            return layerConf().getActivationFn().getActivation(copy, training);
        }
    }
}
