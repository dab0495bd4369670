package io.espalier.engine;

import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A DL4J graph at work. */
final class Dl4jProgram implements Program {

    /** DL4J gives the change of a running statistic, to be subtracted, as its gradient. */
    private static final Set<String> STATISTICS = Set.of(
            BatchNormalizationParamInitializer.GLOBAL_MEAN,
            BatchNormalizationParamInitializer.GLOBAL_VAR,
            BatchNormalizationParamInitializer.GLOBAL_LOG_STD);

    private final WorkspaceGraph graph;
    private final String output;
    private final Wanted wanted;
    private final DataType precision;
    private final List<String> trainedBatchNorms;

    Dl4jProgram(Network network, Wanted wanted, DataType precision) {
        this.graph = Dl4jCompiler.compile(network, wanted).graph(precision, WorkspaceGraph::new);
        this.output = network.output();
        this.wanted = wanted;
        this.precision = precision;
        this.trainedBatchNorms = network.nodes().stream()
                .filter(n -> n.layer(BatchNormalization.class).isPresent())
                .map(Node::name)
                .filter(name -> wanted.gradients().stream().anyMatch(k -> k.layer().equals(name)))
                .toList();
    }

    @Override
    public INDArray predict(INDArray images) {
        return observe(Set.of(output), images).get(output);
    }

    @Override
    public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
        Map<String, INDArray> observed = graph.outputs(layers, images.castTo(precision));
        layers.stream().filter(layer -> !observed.containsKey(layer)).findFirst().ifPresent(missing -> {
            throw new IllegalArgumentException("the network has no layer '" + missing + "'");
        });
        return observed;
    }

    @Override
    public Step step(INDArray images, INDArray labels) {
        graph.setInput(0, images.castTo(precision));
        graph.setLabel(0, labels.castTo(precision));
        graph.computeGradientAndScore();
        Gradient computed = graph.gradient();
        long batch = images.size(0);
        Map<ParameterKey, INDArray> gradients = new TreeMap<>();
        for (ParameterKey key : wanted.gradients()) {
            INDArray sum = computed.getGradientFor(key.layer() + "_" + key.parameter());
            if (sum == null) {
                throw new TrainingException("layer '" + key.layer() + "' gives no gradient of its parameter '" + key.parameter() + "'");
            }
            gradients.put(key, sum.div(batch));
        }
        trainedBatchNorms.forEach(name -> updateStatistics(name, computed));
        return new Step(graph.score(), gradients);
    }

    private void updateStatistics(String batchNorm, Gradient computed) {
        for (String statistic : STATISTICS) {
            INDArray change = computed.getGradientFor(batchNorm + "_" + statistic);
            if (change != null) {
                INDArray value = graph.getLayer(batchNorm).getParam(statistic);
                value.subi(change.reshape(value.shape()));
            }
        }
    }

    @Override
    public INDArray get(ParameterKey parameter) {
        return view(parameter).dup('c');
    }

    @Override
    public void set(ParameterKey parameter, INDArray values) {
        view(parameter).assign(values);
    }

    private INDArray view(ParameterKey parameter) {
        INDArray view = graph.getLayer(parameter.layer()).getParam(parameter.parameter());
        if (view == null) {
            throw new IllegalArgumentException("the network has no parameter '" + parameter + "'");
        }
        return view;
    }

    @Override
    public void close() {
        graph.clear();
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
        closeAll(graph.params(), graph.getFlattenedGradients());
    }

    private static void closeAll(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array != null && array.closeable() && !array.wasClosed()) {
                array.close();
            }
        }
    }
}
