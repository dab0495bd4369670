package io.espalier.engine;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.GroupedConvolution;
import io.espalier.layers.NativeConvolution;
import io.espalier.layers.NativeDepthwiseConvolution;
import io.espalier.layers.NativeGroupedConvolution;
import io.espalier.layers.SeparateActivation;
import io.espalier.network.BatchNorms;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * Rewrites a network for DL4J's executor: fast convolutions; frozen batch norms as affines; activations that write only
 * their own output; no weight decay; nothing computed backwards below the first trained layer; cross-entropy with class
 * weights at the end.
 */
final class Dl4jCompiler {

    private final Network network;
    private final Wanted wanted;
    private final Set<String> trained = new HashSet<>();
    /** Nodes that train or read, however far below, one that does: gradients flow through these only. */
    private final Set<String> active = new HashSet<>();

    private Dl4jCompiler(Network network, Wanted wanted) {
        this.network = network;
        this.wanted = wanted;
        wanted.gradients().forEach(key -> {
            network.node(key.layer()).parameter(key.parameter());
            trained.add(key.layer());
        });
        for (Node node : network.nodes()) {
            if (trained.contains(node.name()) || node.inputs().stream().anyMatch(active::contains)) {
                active.add(node.name());
            }
        }
    }

    static Network compile(Network network, Wanted wanted) {
        return new Dl4jCompiler(network, wanted).rewritten();
    }

    private Network rewritten() {
        NetworkEdit edit = network.edit();
        network.nodes().forEach(node -> edit.replace(rewritten(node)));
        return edit.build();
    }

    private Node rewritten(Node node) {
        if (wanted.gradients().isEmpty()) {
            return computing(node, false);
        }
        if (active.contains(node.name())) {
            return computing(node, true);
        }
        Node still = computing(node, false);
        return still.layer()
                .map(layer -> still.computing(new FrozenLayer(layer), still.parameters()))
                .orElseGet(() -> new Node(still.name(), new FrozenVertex(still.vertex()), still.inputs(), still.parameters()));
    }

    private Node computing(Node node, boolean backwards) {
        Optional<Layer> convolution = fastConvolution(node, backwards);
        if (convolution.isPresent()) {
            return node.computing(convolution.get(), node.parameters());
        }
        if (node.layer(BatchNormalization.class).isPresent() && !trained.contains(node.name())) {
            BatchNorms.Affine affine = BatchNorms.affine(node);
            Map<String, INDArray> parameters = Map.of(ChannelAffine.SCALE, affine.scale(), ChannelAffine.SHIFT, affine.shift());
            return node.computing(new ChannelAffine(affine.scale().length()), parameters);
        }
        if (backwards && node.name().equals(network.output())) {
            return node.computing(withoutDecay(withCrossEntropy(node)), node.parameters());
        }
        if (node.layer(ActivationLayer.class).isPresent()) {
            return node.computing(new SeparateActivation(node.layer(ActivationLayer.class).orElseThrow()), node.parameters());
        }
        return node.layer().map(layer -> node.computing(withoutDecay(layer), node.parameters())).orElse(node);
    }

    private Optional<Layer> fastConvolution(Node node, boolean backwards) {
        boolean kernels = trained.contains(node.name());
        boolean flowsOn = backwards && node.inputs().stream().anyMatch(active::contains);
        if (Decomposition.isPlainConvolution(node)) {
            return node.layer(ConvolutionLayer.class).map(layer -> new NativeConvolution(layer, kernels, flowsOn));
        }
        Optional<Layer> depthwise = node.layer(DepthwiseConvolution2D.class)
                .map(layer -> new NativeDepthwiseConvolution(layer, kernels, flowsOn));
        return depthwise.isPresent()
                ? depthwise
                : node.layer(GroupedConvolution.class).map(layer -> new NativeGroupedConvolution(layer, kernels, flowsOn));
    }

    /** The weight decay of whoever trained the layer before would be in the loss. */
    private static Layer withoutDecay(Layer layer) {
        Layer copy = layer.clone();
        if (copy instanceof BaseLayer weighted) {
            weighted.setRegularization(List.of());
            weighted.setRegularizationBias(List.of());
        }
        return copy;
    }

    /** A softmax at the end trains on cross-entropy whether its layer has weights, a loss or neither. */
    private Layer withCrossEntropy(Node node) {
        ILossFunction loss = loss();
        Layer layer = node.layer().filter(Dl4jCompiler::isSoftmax).map(Layer::clone).orElse(null);
        if (layer instanceof BaseOutputLayer dense) {
            dense.setLossFn(loss);
            return dense;
        }
        if (layer instanceof LossLayer || layer instanceof ActivationLayer) {
            return new LossLayer.Builder(loss).activation(Activation.SOFTMAX).build();
        }
        throw new TrainingException("the network ends in layer '" + node.name() + "' (" + node.kind()
                + "), which gives no class probabilities to train on; load it with head=new, which puts a softmax layer at its end");
    }

    private ILossFunction loss() {
        List<Double> weights = wanted.classWeights();
        if (wanted.distillation().isPresent()) {
            List<Double> all = weights.isEmpty() ? Collections.nCopies(network.classes().size(), 1.0) : weights;
            return new DistillationLoss(wanted.distillation().get(), weightVector(all));
        }
        return weights.isEmpty() ? new LossMCXENT() : new LossMCXENT(weightVector(weights));
    }

    private static boolean isSoftmax(Layer layer) {
        IActivation activation = layer instanceof BaseLayer weighted ? weighted.getActivationFn()
                : layer instanceof ActivationLayer alone ? alone.getActivationFn() : null;
        return activation instanceof ActivationSoftmax;
    }

    private static INDArray weightVector(List<Double> weights) {
        return Nd4j.createFromArray(weights.stream().mapToDouble(Double::doubleValue).toArray())
                .castTo(DataType.FLOAT)
                .reshape(1, weights.size());
    }
}
