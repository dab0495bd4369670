package io.espalier.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batch norms whose scale and shift train while their statistics stay. An engine trains a batch norm on the statistics of its
 * batches, so for the training each is two nodes: the normalisation, frozen, and under the batch norm's own name a depthwise
 * 1x1 convolution whose kernel is gamma and whose bias is beta.
 */
public final class BatchNormSplit {

    private static final String NORMALISED = "-normalised";

    private BatchNormSplit() {}

    /** The batch norms of feature maps among those nodes. */
    public static List<String> splittable(Network network, Set<String> nodes) {
        Map<String, InputType> types = network.outputTypes();
        return BatchNorms.names(network).stream()
                .filter(nodes::contains)
                .filter(name -> types.get(name) instanceof InputType.InputTypeConvolutional)
                .toList();
    }

    /** The network with each of those batch norms as two nodes; it computes the same. */
    public static Network split(Network network, List<String> batchNorms) {
        NetworkEdit edit = network.edit();
        for (String name : batchNorms) {
            Node node = network.node(name);
            Node normalised = normalised(node, unused(network, name + NORMALISED));
            edit.replace(name, normalised, affine(node, normalised.name()));
        }
        return edit.build();
    }

    private static String unused(Network network, String wished) {
        return network.has(wished) ? unused(network, wished + "'") : wished;
    }

    private static Node normalised(Node node, String name) {
        BatchNormalization layer = unlocked(node);
        Map<String, INDArray> parameters = new LinkedHashMap<>(node.parameters());
        parameters.put(BatchNormalizationParamInitializer.GAMMA, gamma(node).mul(0).addi(1));
        parameters.put(BatchNormalizationParamInitializer.BETA, beta(node).mul(0));
        return Node.layer(name, layer, node.inputs(), parameters);
    }

    private static BatchNormalization unlocked(Node node) {
        BatchNormalization layer = (BatchNormalization) node.layer(BatchNormalization.class).orElseThrow().clone();
        layer.setLockGammaBeta(false);
        return layer;
    }

    private static INDArray gamma(Node node) {
        return perChannel(node, BatchNormalizationParamInitializer.GAMMA, node.layer(BatchNormalization.class).orElseThrow().getGamma());
    }

    private static INDArray beta(Node node) {
        return perChannel(node, BatchNormalizationParamInitializer.BETA, node.layer(BatchNormalization.class).orElseThrow().getBeta());
    }

    private static INDArray perChannel(Node node, String parameter, double locked) {
        INDArray mean = node.parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN);
        return node.parameters().getOrDefault(parameter, Nd4j.valueArrayOf(mean.shape(), locked, DataType.FLOAT));
    }

    private static Node affine(Node node, String below) {
        long channels = gamma(node).length();
        DepthwiseConvolution2D layer = new DepthwiseConvolution2D.Builder(1, 1)
                .depthMultiplier(1).nIn(channels).nOut(channels).hasBias(true).activation(new ActivationIdentity()).build();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(ConvolutionParamInitializer.WEIGHT_KEY, gamma(node).dup('c').reshape(1, 1, channels, 1));
        parameters.put(ConvolutionParamInitializer.BIAS_KEY, beta(node).dup('c').reshape(1, channels));
        return Node.layer(node.name(), layer, List.of(below), parameters);
    }

    /** The network with those batch norms whole again, with the scales and shifts that were trained. */
    public static Network join(Network split, Network original, List<String> batchNorms) {
        NetworkEdit edit = split.edit();
        for (String name : batchNorms) {
            Node node = original.node(name);
            Node trained = split.node(name);
            Map<String, INDArray> parameters = new LinkedHashMap<>(node.parameters());
            parameters.put(BatchNormalizationParamInitializer.GAMMA,
                    trained.parameter(ConvolutionParamInitializer.WEIGHT_KEY).reshape(gamma(node).shape()));
            parameters.put(BatchNormalizationParamInitializer.BETA,
                    trained.parameter(ConvolutionParamInitializer.BIAS_KEY).reshape(beta(node).shape()));
            edit.remove(trained.inputs().get(0));
            edit.replace(node.computing(unlocked(node), parameters));
        }
        return edit.build();
    }
}
