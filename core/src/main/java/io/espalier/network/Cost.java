package io.espalier.network;

import io.espalier.layers.BasisScalingConvolution;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;

/**
 * What a network costs once it is folded.
 *
 * @param parameters numbers that a saved network holds and training could change; statistics of batch norms are not counted
 * @param flops 2 x the multiply-accumulates of convolutions and dense layers, for one image of the network's input size
 */
public record Cost(long parameters, long flops) {

    private static final Set<String> STATISTICS = Set.of(
            BatchNormalizationParamInitializer.GLOBAL_MEAN,
            BatchNormalizationParamInitializer.GLOBAL_VAR,
            BatchNormalizationParamInitializer.GLOBAL_LOG_STD);

    public static Cost of(Network whole) {
        Network network = ChannelScalings.fold(whole);
        Map<String, InputType> types = network.outputTypes();
        Cost sum = new Cost(0, 0);
        for (Node node : network.nodes()) {
            // A basis is counted with its scaling.
            if (!Decomposition.isBasis(network, node)) {
                sum = sum.plus(of(network, node, types));
            }
        }
        return sum;
    }

    private static Cost of(Network network, Node node, Map<String, InputType> types) {
        if (Decomposition.isScaling(node)) {
            return decomposed(network, node, types);
        }
        return of(node, types, key -> node.parameter(key).length());
    }

    /** What a node that is no half of a decomposed convolution costs when its parameters have other lengths. */
    static Cost of(Node node, Map<String, InputType> types, ToLongFunction<String> length) {
        // Multiplied into what reads it.
        if (ChannelScalings.isScaling(node)) {
            return new Cost(0, 0);
        }
        long parameters = node.parameters().keySet().stream()
                .filter(key -> node.layer(BatchNormalization.class).isEmpty() || !STATISTICS.contains(key))
                .mapToLong(length)
                .sum();
        return new Cost(parameters, flops(node, types, length));
    }

    private static Cost decomposed(Network network, Node scaling, Map<String, InputType> types) {
        Node basis = Decomposition.basis(network, scaling);
        long rank = Decomposition.rank(scaling);
        long n = Decomposition.vectorLength(basis);
        long channels = Decomposition.channels(scaling);
        long weights = Math.min(rank * (n + channels), n * channels);
        long bias = scaling.parameters().containsKey(BasisScalingConvolution.BIAS) ? channels : 0;
        return new Cost(weights + bias, 2 * weights * pixels(types.get(scaling.name())));
    }

    private static long flops(Node node, Map<String, InputType> types, ToLongFunction<String> length) {
        if (node.layer(ConvolutionLayer.class).isPresent()) {
            boolean transposed = node.layer(Deconvolution2D.class).isPresent();
            InputType swept = types.get(transposed ? node.inputs().get(0) : node.name());
            return 2 * pixels(swept) * tensors(node, length);
        }
        if (node.layer(FeedForwardLayer.class).isPresent() && node.parameters().containsKey(DefaultParamInitializer.WEIGHT_KEY)) {
            return 2 * length.applyAsLong(DefaultParamInitializer.WEIGHT_KEY);
        }
        return 0;
    }

    /** Numbers in the kernels of a convolution: all but biases, which are the only vectors. */
    private static long tensors(Node node, ToLongFunction<String> length) {
        return node.parameters().keySet().stream().filter(key -> node.parameter(key).rank() == 4).mapToLong(length).sum();
    }

    private static long pixels(InputType type) {
        InputType.InputTypeConvolutional maps = (InputType.InputTypeConvolutional) type;
        return maps.getHeight() * maps.getWidth();
    }

    public Cost plus(Cost other) {
        return new Cost(parameters + other.parameters, flops + other.flops);
    }

    Cost minus(Cost other) {
        return new Cost(parameters - other.parameters, flops - other.flops);
    }

    /** Share of the parameters of {@code before} that are gone, 0 if none. */
    public double reductionFrom(Cost before) {
        return 1 - (double) parameters / before.parameters;
    }
}
