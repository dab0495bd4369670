package io.espalier.network;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** What follows a network's last feature map. */
public final class Heads {

    private static final String POOL = "head-pool";
    private static final String NORM = "head-norm";
    private static final String DENSE = "head";

    private Heads() {}

    /** Names of the nodes after the last feature map; empty when the network ends in one. */
    public static Set<String> nodes(Network network) {
        Set<String> body = below(network, lastFeatureMap(network));
        Set<String> head = new LinkedHashSet<>();
        network.nodes().stream().map(Node::name).filter(name -> !body.contains(name)).forEach(head::add);
        return head;
    }

    /** The last node, in topological order, that gives feature maps. */
    private static String lastFeatureMap(Network network) {
        Map<String, InputType> types = network.outputTypes();
        Set<String> used = below(network, network.output());
        String last = null;
        for (Node node : network.nodes()) {
            if (used.contains(node.name()) && types.get(node.name()) instanceof InputType.InputTypeConvolutional) {
                last = node.name();
            }
        }
        if (last == null) {
            throw new UnsupportedTopologyException("the network has no layer that gives feature maps, so it is no convolutional network");
        }
        return last;
    }

    /** A node and everything that it depends on. */
    private static Set<String> below(Network network, String name) {
        Set<String> found = new LinkedHashSet<>();
        Deque<String> waiting = new ArrayDeque<>(List.of(name));
        while (!waiting.isEmpty()) {
            String next = waiting.pop();
            if (!next.equals(network.input()) && found.add(next)) {
                waiting.addAll(network.node(next).inputs());
            }
        }
        return found;
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
        Set<String> body = below(network, map);
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
