package io.espalier.network;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.GroupedConvolution;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
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

    /** Factors below this go into scale and shift: dividing by them would leave the range of the statistics. */
    private static final double SMALL = 1e-3;

    /**
     * The batch norm that computes of x what this one computes of {@code factors} times x: its statistics are those of x, so that
     * it is the same whether they stay or are taken of each batch anew. Exact for factors from 0.
     *
     * @param factors of each channel
     */
    static Node ofScaled(Node node, double[] factors) {
        BatchNormalization layer = (BatchNormalization) node.layer(BatchNormalization.class).orElseThrow().clone();
        double[] mean = numbers(node.parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN));
        double[] variance = numbers(variance(node, layer));
        double[] gamma = layer.isLockGammaBeta() ? filled(mean.length, layer.getGamma()) : numbers(node.parameter(BatchNormalizationParamInitializer.GAMMA));
        double[] beta = layer.isLockGammaBeta() ? filled(mean.length, layer.getBeta()) : numbers(node.parameter(BatchNormalizationParamInitializer.BETA));
        for (int c = 0; c < mean.length; c++) {
            double whole = variance[c] + layer.getEps();
            double unscaled = whole / (factors[c] * factors[c]) - layer.getEps();
            if (factors[c] >= SMALL && unscaled > 0) {
                mean[c] /= factors[c];
                variance[c] = unscaled;
            } else {
                beta[c] -= gamma[c] * mean[c] / Math.sqrt(whole);
                gamma[c] *= factors[c];
                mean[c] = 0;
            }
        }
        layer.setLockGammaBeta(false);
        Map<String, INDArray> parameters = new LinkedHashMap<>(node.parameters());
        long[] shape = node.parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN).shape();
        parameters.put(BatchNormalizationParamInitializer.GAMMA, shaped(gamma, shape));
        parameters.put(BatchNormalizationParamInitializer.BETA, shaped(beta, shape));
        parameters.put(BatchNormalizationParamInitializer.GLOBAL_MEAN, shaped(mean, shape));
        if (layer.isUseLogStd()) {
            parameters.put(BatchNormalizationParamInitializer.GLOBAL_LOG_STD, shaped(Arrays.stream(variance).map(v -> Math.log10(v) / 2).toArray(), shape));
        } else {
            parameters.put(BatchNormalizationParamInitializer.GLOBAL_VAR, shaped(variance, shape));
        }
        return node.computing(layer, parameters);
    }

    private static double[] numbers(INDArray values) {
        return flat(values).castTo(DataType.DOUBLE).toDoubleVector();
    }

    private static double[] filled(int count, double value) {
        double[] values = new double[count];
        Arrays.fill(values, value);
        return values;
    }

    private static INDArray shaped(double[] values, long[] shape) {
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(shape);
    }

    private static INDArray flat(INDArray values) {
        return values.reshape(values.length());
    }

    /**
     * Multiplies each batch norm, and each affine, that is its convolution's only consumer into that convolution, which may
     * be grouped or depthwise; exact in inference.
     */
    public static Network fold(Network network) {
        NetworkEdit edit = network.edit();
        for (Node node : network.nodes()) {
            fixedAffine(node).ifPresent(affine -> convolutionBelow(network, node).ifPresent(convolution -> {
                // It may read another batch norm, which is gone by now.
                edit.replace(folded(edit.node(convolution.name()), affine));
                edit.bypass(node.name());
            }));
        }
        return edit.build();
    }

    private static Optional<Affine> fixedAffine(Node node) {
        if (node.layer(BatchNormalization.class).isPresent()) {
            return Optional.of(affine(node));
        }
        return node.layer(ChannelAffine.class)
                .map(layer -> new Affine(flat(node.parameter(ChannelAffine.SCALE)), flat(node.parameter(ChannelAffine.SHIFT))));
    }

    private static Optional<Node> convolutionBelow(Network network, Node node) {
        String below = node.inputs().get(0);
        if (!network.has(below) || below.equals(network.output())) {
            return Optional.empty();
        }
        return Optional.of(network.node(below))
                .filter(BatchNorms::isFoldable)
                .filter(c -> c.layer(ConvolutionLayer.class).orElseThrow().getActivationFn() instanceof ActivationIdentity)
                .filter(c -> network.consumers(c.name()).size() == 1);
    }

    private static boolean isFoldable(Node node) {
        return Decomposition.isPlainConvolution(node)
                || node.layer().filter(l -> l.getClass() == GroupedConvolution.class || l.getClass() == DepthwiseConvolution2D.class).isPresent();
    }

    private static Node folded(Node convolution, Affine affine) {
        ConvolutionLayer layer = convolution.layer(ConvolutionLayer.class).orElseThrow();
        INDArray kernels = convolution.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        INDArray bias = layer.hasBias()
                ? flat(convolution.parameter(ConvolutionParamInitializer.BIAS_KEY)).mul(affine.scale()).addi(affine.shift())
                : affine.shift();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(ConvolutionParamInitializer.WEIGHT_KEY, kernels.mul(byOutputChannel(layer, affine.scale(), kernels)));
        parameters.put(ConvolutionParamInitializer.BIAS_KEY, bias.reshape(1, bias.length()));
        ConvolutionLayer withBias = layer.clone();
        withBias.setHasBias(true);
        return convolution.computing(withBias, parameters);
    }

    /** Kernels have the output channel first, but for depthwise ones: [k_h, k_w, c_in, multiplier]. */
    private static INDArray byOutputChannel(ConvolutionLayer layer, INDArray scale, INDArray kernels) {
        return layer instanceof DepthwiseConvolution2D
                ? scale.reshape(1, 1, kernels.size(2), kernels.size(3))
                : scale.reshape(scale.length(), 1, 1, 1);
    }

    /** Names of the batch norms in a network. */
    public static List<String> names(Network network) {
        return network.nodes().stream().filter(n -> n.layer(BatchNormalization.class).isPresent()).map(Node::name).toList();
    }
}
