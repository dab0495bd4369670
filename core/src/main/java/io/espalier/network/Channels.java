package io.espalier.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The output channels of convolutions as units, in chains: convolution, then whatever leaves channels apart (activation,
 * pooling, batch norm, dropout, padding), then the one convolution or dense layer that reads them, directly, flattened or
 * after global pooling. Any other topology is refused by the name of the layer.
 */
public final class Channels {

    private Channels() {}

    /**
     * What one convolution's channels pass on their way.
     *
     * @param producer the convolution
     * @param carriers what passes the channels on, in order
     * @param consumer the convolution or dense layer that reads them
     */
    private record Chain(Node producer, List<Node> carriers, Node consumer) {}

    /** One group for every convolution but those whose output is the network's. */
    public static List<UnitGroup> groups(Network network) {
        Map<String, InputType> types = network.outputTypes();
        return chains(network).stream().map(chain -> group(chain, types)).toList();
    }

    private static List<Chain> chains(Network network) {
        // All are looked at before any is followed, so that a vertex is refused by name wherever it stands.
        network.nodes().forEach(node -> refuseIfUnknown(network, node));
        List<Chain> chains = new ArrayList<>();
        for (Node node : network.nodes()) {
            if (Decomposition.isPlainConvolution(node)) {
                follow(network, node).ifPresent(chains::add);
            }
        }
        return chains;
    }

    private static void refuseIfUnknown(Network network, Node node) {
        boolean convolutionOfAnotherKind = node.layer(ConvolutionLayer.class).isPresent() && !Decomposition.isPlainConvolution(node);
        if (node.layer().isEmpty() || convolutionOfAnotherKind || network.consumers(node.name()).size() > 1) {
            throw refusal(node.name(), node.kind(), convolutionOfAnotherKind || node.layer().isEmpty()
                    ? "it is not one that a chain of convolutions has"
                    : "several layers read it: " + network.consumers(node.name()).stream().map(Node::name).toList());
        }
    }

    private static UnsupportedTopologyException refusal(String layer, String kind, String why) {
        return new UnsupportedTopologyException("channels can be removed from chains of convolutions only, and layer '" + layer + "' ("
                + kind + ") breaks the chain: " + why + "; prune basis vectors instead (stage:decompose, stage:threshold), which changes"
                + " no channel count");
    }

    private static Optional<Chain> follow(Network network, Node producer) {
        List<Node> carriers = new ArrayList<>();
        List<Node> next = network.consumers(producer.name());
        if (!next.isEmpty()) {
            refuseIfMixing(producer);
        }
        while (!next.isEmpty()) {
            Node node = next.get(0);
            if (reads(node)) {
                return Optional.of(new Chain(producer, carriers, node));
            }
            if (!carries(node)) {
                throw refusal(node.name(), node.kind(), "how it treats channels is not known");
            }
            refuseIfMixing(node);
            carriers.add(node);
            next = network.consumers(node.name());
        }
        return Optional.empty();
    }

    private static void refuseIfMixing(Node node) {
        Layer layer = node.layer().orElseThrow();
        IActivation activation = layer instanceof BaseLayer base ? base.getActivationFn()
                : layer instanceof ActivationLayer alone ? alone.getActivationFn() : null;
        if (activation instanceof ActivationSoftmax) {
            throw refusal(node.name(), node.kind(), "its softmax makes each channel depend on the others");
        }
    }

    private static boolean reads(Node node) {
        return Decomposition.isPlainConvolution(node)
                || node.layer(DenseLayer.class).isPresent()
                || node.layer(BaseOutputLayer.class).isPresent();
    }

    private static boolean carries(Node node) {
        Layer layer = node.layer().orElseThrow();
        return layer instanceof ActivationLayer
                || layer instanceof SubsamplingLayer
                || layer instanceof DropoutLayer
                || layer instanceof ZeroPaddingLayer
                || layer instanceof BatchNormalization
                || layer instanceof GlobalPoolingLayer;
    }

    private static UnitGroup group(Chain chain, Map<String, InputType> types) {
        INDArray kernels = chain.producer().parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        int size = Math.toIntExact(kernels.size(0));
        long own = kernels.length() / size;
        long biases = chain.producer().layer(ConvolutionLayer.class).orElseThrow().hasBias() ? 1 : 0;
        long norms = 2 * chain.carriers().stream().filter(n -> n.layer(BatchNormalization.class).isPresent()).count();
        long read = chain.consumer().parameter(DefaultParamInitializer.WEIGHT_KEY).length() / size;
        long parameters = own + biases + norms + read;
        long flops = 2 * (own * pixels(types.get(chain.producer().name())) + read * pixels(types.get(chain.consumer().name())));
        return new UnitGroup(
                chain.producer().name(), UnitKind.CHANNEL, size, size, List.of(kernels.dup()), Optional.empty(), Optional.empty(),
                Optional.empty(), new UnitGroup.UnitCost(parameters, flops, size * parameters, size * flops));
    }

    private static long pixels(InputType type) {
        return type instanceof InputType.InputTypeConvolutional maps ? maps.getHeight() * maps.getWidth() : 1;
    }

    /** Removes channels of one convolution, and what belongs to them all along its chain. */
    static Network keep(Network network, String layer, long[] kept) {
        Chain chain = chains(network).stream()
                .filter(c -> c.producer().name().equals(layer))
                .findFirst()
                .orElseThrow(() -> new UnsupportedTopologyException("layer '" + layer + "' gives no channels that could be removed"));
        NetworkEdit edit = network.edit();
        edit.replace(producing(chain.producer(), kept));
        long before = chain.producer().parameter(ConvolutionParamInitializer.WEIGHT_KEY).size(0);
        chain.carriers().stream().filter(n -> n.layer(BatchNormalization.class).isPresent())
                .forEach(n -> edit.replace(normalising(n, kept)));
        edit.replace(reading(chain.consumer(), before, kept));
        return edit.build();
    }

    private static Node producing(Node node, long[] kept) {
        ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        node.parameters().forEach((key, value) -> parameters.put(key, Slices.along(value, value.rank() == 4 ? 0 : value.rank() - 1, kept)));
        return node.computing(
                Decomposition.convolution(layer, layer.getNIn(), kept.length, layer.hasBias(), layer.getActivationFn()), parameters);
    }

    private static Node normalising(Node node, long[] kept) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        node.parameters().forEach((key, value) -> parameters.put(key, Slices.along(value, value.rank() - 1, kept)));
        return node.computing(resized(node, kept.length, kept.length), parameters);
    }

    private static Node reading(Node node, long before, long[] kept) {
        Map<String, INDArray> parameters = new LinkedHashMap<>(node.parameters());
        INDArray weights = node.parameter(DefaultParamInitializer.WEIGHT_KEY);
        if (Decomposition.isPlainConvolution(node)) {
            ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
            parameters.put(ConvolutionParamInitializer.WEIGHT_KEY, Slices.along(weights, 1, kept));
            return node.computing(
                    Decomposition.convolution(layer, kept.length, layer.getNOut(), layer.hasBias(), layer.getActivationFn()), parameters);
        }
        long block = weights.size(0) / before;
        long[] rows = LongStream.of(kept).flatMap(c -> LongStream.range(c * block, (c + 1) * block)).toArray();
        parameters.put(DefaultParamInitializer.WEIGHT_KEY, Slices.along(weights, 0, rows));
        Layer resized = resized(node, rows.length, ((FeedForwardLayer) node.layer().orElseThrow()).getNOut());
        return Node.layer(node.name(), resized, node.preProcessor().map(p -> flattening(p, kept.length)).orElse(null), node.inputs(), parameters);
    }

    private static InputPreProcessor flattening(
            InputPreProcessor preProcessor, long channels) {
        if (preProcessor instanceof CnnToFeedForwardPreProcessor flat) {
            return new CnnToFeedForwardPreProcessor(flat.getInputHeight(), flat.getInputWidth(), channels, flat.getFormat());
        }
        throw new UnsupportedTopologyException(
                "channels cannot be followed through the preprocessor " + preProcessor.getClass().getSimpleName());
    }

    private static Layer resized(Node node, long in, long out) {
        FeedForwardLayer layer = (FeedForwardLayer) node.layer().orElseThrow().clone();
        layer.setNIn(in);
        layer.setNOut(out);
        return layer;
    }
}
