package io.espalier.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Batch norms with fixed statistics. */
public final class BatchNorms {

    private BatchNorms() {}

    /**
     * What a batch norm computes when its statistics are fixed: {@code y = scale * x + shift} per channel.
     *
     * @param scale gamma / sqrt(variance + epsilon), [channels]
     * @param shift beta - mean * scale, [channels]
     */
    public record Affine(INDArray scale, INDArray shift) {}

    /** The affine of a batch norm node. */
    public static Affine affine(Node node) {
        BatchNormalization layer = node.layer(BatchNormalization.class)
                .orElseThrow(() -> new IllegalArgumentException("layer '" + node.name() + "' is no batch norm but " + node.kind()));
        INDArray mean = flat(node.parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN));
        INDArray deviation = Transforms.sqrt(variance(node, layer).add(layer.getEps()));
        INDArray gamma = layer.isLockGammaBeta()
                ? Nd4j.valueArrayOf(mean.shape(), layer.getGamma(), mean.dataType())
                : flat(node.parameter(BatchNormalizationParamInitializer.GAMMA));
        INDArray beta = layer.isLockGammaBeta()
                ? Nd4j.valueArrayOf(mean.shape(), layer.getBeta(), mean.dataType())
                : flat(node.parameter(BatchNormalizationParamInitializer.BETA));
        INDArray scale = gamma.div(deviation);
        return new Affine(scale, beta.sub(mean.mul(scale)));
    }

    private static INDArray variance(Node node, BatchNormalization layer) {
        if (!layer.isUseLogStd()) {
            return flat(node.parameter(BatchNormalizationParamInitializer.GLOBAL_VAR));
        }
        INDArray logDeviation = flat(node.parameter(BatchNormalizationParamInitializer.GLOBAL_LOG_STD));
        return Transforms.exp(logDeviation.mul(2 * Math.log(10)));
    }

    private static INDArray flat(INDArray values) {
        return values.reshape(values.length());
    }

    /** Multiplies each batch norm that is its convolution's only consumer into that convolution; exact in inference. */
    public static Network fold(Network network) {
        NetworkEdit edit = network.edit();
        for (Node node : network.nodes()) {
            convolutionBelow(network, node).ifPresent(convolution -> {
                edit.replace(folded(convolution, affine(node)));
                edit.bypass(node.name());
            });
        }
        return edit.build();
    }

    private static Optional<Node> convolutionBelow(Network network, Node node) {
        if (node.layer(BatchNormalization.class).isEmpty() || node.inputs().get(0).equals(network.input())) {
            return Optional.empty();
        }
        return Optional.of(network.node(node.inputs().get(0)))
                .filter(Decomposition::isPlainConvolution)
                .filter(c -> c.layer(ConvolutionLayer.class).orElseThrow().getActivationFn() instanceof ActivationIdentity)
                .filter(c -> network.consumers(c.name()).size() == 1);
    }

    private static Node folded(Node convolution, Affine affine) {
        ConvolutionLayer layer = convolution.layer(ConvolutionLayer.class).orElseThrow();
        INDArray kernels = convolution.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        long channels = kernels.size(0);
        INDArray bias = layer.hasBias()
                ? flat(convolution.parameter(ConvolutionParamInitializer.BIAS_KEY)).mul(affine.scale()).addi(affine.shift())
                : affine.shift();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(ConvolutionParamInitializer.WEIGHT_KEY, kernels.mul(affine.scale().reshape(channels, 1, 1, 1)));
        parameters.put(ConvolutionParamInitializer.BIAS_KEY, bias.reshape(1, channels));
        ConvolutionLayer withBias = Decomposition.convolution(layer, layer.getNIn(), layer.getNOut(), true, layer.getActivationFn());
        return convolution.computing(withBias, parameters);
    }

    /** Names of the batch norms in a network. */
    public static List<String> names(Network network) {
        return network.nodes().stream().filter(n -> n.layer(BatchNormalization.class).isPresent()).map(Node::name).toList();
    }
}
