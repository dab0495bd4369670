package io.espalier.network;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * What follows a network's last feature map: the last that everything of the output passes through, before global pooling
 * or flattening. Attention pools globally too, but beside the maps that go on, so its pooling ends nothing. Dropout above
 * the last feature map belongs to the head. A network without a dense layer, which ends in a convolution to the classes,
 * global pooling and softmax (SqueezeNet), has that convolution for its classifier: it belongs to the head, and a new head
 * reads what it read.
 */
public final class Heads {

    private static final String POOL = "head-pool";
    private static final String NORM = "head-norm";
    private static final String DENSE = "head";

    private Heads() {}

    /** Names of the nodes after the last feature map; empty when the network ends in one. */
    public static Set<String> nodes(Network network) {
        Set<String> body = Dominators.below(network, lastFeatureMap(network));
        Set<String> head = new LinkedHashSet<>();
        network.nodes().stream().map(Node::name).filter(name -> !body.contains(name)).forEach(head::add);
        return head;
    }

    private static String lastFeatureMap(Network network) {
        Map<String, InputType> types = network.outputTypes();
        List<Node> maps = Dominators.ofOutput(network).stream().takeWhile(node -> isMap(node, types)).toList();
        if (maps.isEmpty()) {
            throw new UnsupportedTopologyException("the network has no feature map that everything of its output '" + network.output()
                    + "' passes through, so it is not clear what its head is; load it with head=keep, and name layers that are to train");
        }
        Node last = maps.get(maps.size() - 1);
        Node read = classifier(network, maps).map(node -> network.node(node.inputs().get(0))).orElse(last);
        return withoutDropout(network, read).name();
    }

    /** Feature maps of a body: no longer after global pooling, even where maps of one pixel go on. */
    private static boolean isMap(Node node, Map<String, InputType> types) {
        return types.get(node.name()) instanceof InputType.InputTypeConvolutional maps && !isGlobalPooling(node, types, maps);
    }

    private static boolean isGlobalPooling(Node node, Map<String, InputType> types, InputType.InputTypeConvolutional maps) {
        boolean averages = node.layer(SubsamplingLayer.class).filter(l -> l.getPoolingType() == PoolingType.AVG).isPresent();
        // A maximum to one pixel, as VGG16's last at 32x32, is the body's own.
        boolean toOnePixel = maps.getHeight() == 1 && maps.getWidth() == 1;
        boolean fromMore = types.get(node.inputs().get(0)) instanceof InputType.InputTypeConvolutional read
                && read.getHeight() * read.getWidth() > 1;
        return node.layer(GlobalPoolingLayer.class).isPresent() || averages && toOnePixel && fromMore;
    }

    /** The last convolution, if the network ends in a softmax and nothing between them has weights. */
    private static Optional<Node> classifier(Network network, List<Node> maps) {
        if (!endsInSoftmax(network)) {
            return Optional.empty();
        }
        Node scored = null;
        for (Node node : maps) {
            scored = node.layer(ConvolutionLayer.class).isPresent() || Decomposition.isScaling(node) ? node : scored;
        }
        if (scored == null) {
            return Optional.empty();
        }
        Set<String> body = Dominators.below(network, scored.name());
        boolean weightsFollow = network.nodes().stream().filter(node -> !body.contains(node.name())).anyMatch(Heads::hasWeights);
        Node first = Decomposition.isScaling(scored) ? Decomposition.basis(network, scored) : scored;
        return weightsFollow || first.inputs().get(0).equals(network.input()) ? Optional.empty() : Optional.of(first);
    }

    /** A feature extractor may end in global pooling too, and its last convolution is no classifier. */
    private static boolean endsInSoftmax(Network network) {
        Node end = network.node(network.output());
        IActivation activation = end.layer(LossLayer.class).map(LossLayer::getActivationFn)
                .or(() -> end.layer(ActivationLayer.class).map(ActivationLayer::getActivationFn))
                .orElse(null);
        return activation instanceof ActivationSoftmax;
    }

    private static boolean hasWeights(Node node) {
        return node.parameters().containsKey(DefaultParamInitializer.WEIGHT_KEY) || Decomposition.isScaling(node);
    }

    private static Node withoutDropout(Network network, Node node) {
        Node kept = node;
        while (kept.layer(DropoutLayer.class).isPresent() && network.has(kept.inputs().get(0))) {
            kept = network.node(kept.inputs().get(0));
        }
        return kept;
    }

    /**
     * Replaces what follows the last feature map by global average pooling, a batch norm of its own and a dense layer with
     * softmax, its weights Glorot-uniform.
     *
     * @param classes names of the new classes
     * @param random from which the weights come
     */
    public static Network replace(Network network, List<String> classes, Random random) {
        String map = lastFeatureMap(network);
        Set<String> body = Dominators.below(network, map);
        long channels = ((InputType.InputTypeConvolutional) network.outputTypes().get(map)).getChannels();
        NetworkEdit edit = network.edit();
        network.nodes().stream().map(Node::name).filter(name -> !body.contains(name)).forEach(edit::remove);
        edit.add(Node.layer(POOL, new GlobalPoolingLayer(PoolingType.AVG), List.of(map), Map.of()));
        edit.add(Node.layer(
                NORM, new BatchNormalization.Builder().nIn(channels).nOut(channels).build(), List.of(POOL), identityNorm(channels)));
        edit.add(Node.layer(DENSE, softmax(channels, classes.size()), List.of(NORM), weights(channels, classes.size(), random)));
        return edit.output(DENSE).build().withClasses(classes);
    }

    private static OutputLayer softmax(long in, int classes) {
        return new OutputLayer.Builder(new LossMCXENT()).nIn(in).nOut(classes).activation(Activation.SOFTMAX).build();
    }

    private static Map<String, INDArray> identityNorm(long channels) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(BatchNormalizationParamInitializer.GAMMA, Nd4j.ones(DataType.FLOAT, channels));
        parameters.put(BatchNormalizationParamInitializer.BETA, Nd4j.zeros(DataType.FLOAT, channels));
        parameters.put(BatchNormalizationParamInitializer.GLOBAL_MEAN, Nd4j.zeros(DataType.FLOAT, channels));
        // DL4J's default keeps the logarithm of the deviation, 0 for 1.
        parameters.put(BatchNormalizationParamInitializer.GLOBAL_LOG_STD, Nd4j.zeros(DataType.FLOAT, channels));
        return parameters;
    }

    /** Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010. */
    private static Map<String, INDArray> weights(long in, int classes, Random random) {
        double limit = Math.sqrt(6.0 / (in + classes));
        INDArray weights = Nd4j.createUninitialized(DataType.FLOAT, in, classes);
        for (long i = 0; i < weights.length(); i++) {
            weights.putScalar(i, limit * (2 * random.nextDouble() - 1));
        }
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(DefaultParamInitializer.WEIGHT_KEY, weights);
        parameters.put(DefaultParamInitializer.BIAS_KEY, Nd4j.zeros(DataType.FLOAT, 1, classes));
        return parameters;
    }
}
