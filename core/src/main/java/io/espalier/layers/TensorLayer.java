package io.espalier.layers;

import io.espalier.nd4j.LateRelease;
import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A layer that has all its extents from the one who makes it, none from what is below: what DL4J asks of such a one. */
abstract class TensorLayer extends FeedForwardLayer {

    private static final long serialVersionUID = 1L;

    static {
        LateRelease.install();
    }

    /** Its parameters. */
    abstract Tensors tensors();

    /** What computes it. */
    abstract BaseLayer<? extends TensorLayer> atWork(NeuralNetConfiguration configuration, DataType type);

    @Override
    public final org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        Map<String, INDArray> parameters = initializer().init(configuration, view, initialise);
        BaseLayer<? extends TensorLayer> layer = atWork(configuration, type);
        layer.setIndex(index);
        layer.setParamsViewArray(view);
        layer.setParamTable(parameters);
        return layer;
    }

    @Override
    public final ParamInitializer initializer() {
        return tensors();
    }

    @Override
    public final void setNIn(InputType input, boolean override) {
        // Given when the layer is made; its tensors depend on it.
    }

    @Override
    public final InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public final LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(layerName, getClass(), input, getOutputType(-1, input))
                .standardMemory(tensors().numParams((Layer) this), 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }
}
