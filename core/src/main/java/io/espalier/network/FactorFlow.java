package io.espalier.network;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.GroupedConvolution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Takes channel scalings out of a network. From node to node it carries the factors that are still to be multiplied: what a
 * node gives in the network as it was is what its {@code source} gives now, times its {@code owed} factors.
 */
final class FactorFlow {

    private static final String AFFINE = "-affine";

    /** Layers that give f times what they give, for f times a channel. */
    private static final Set<Class<?>> CARRIERS = Set.of(
            DropoutLayer.class, ZeroPaddingLayer.class, Cropping2D.class, Upsampling2D.class);

    private final Network network;
    private final Map<String, InputType> types;
    private final NetworkEdit edit;
    private final Map<String, double[]> owed = new HashMap<>();
    private final Map<String, String> sources = new HashMap<>();
    /** Affines that were put behind a source, by its name. */
    private final Map<String, String> affines = new HashMap<>();

    FactorFlow(Network network) {
        this.network = network;
        this.types = network.outputTypes();
        this.edit = network.edit();
    }

    Network folded() {
        network.nodes().forEach(this::pass);
        return edit.build();
    }

    private void pass(Node node) {
        if (ChannelScalings.isScaling(node)) {
            takeOut(node);
        } else if (node.inputs().stream().noneMatch(owed::containsKey)) {
            edit.replace(reading(node));
        } else if (absorbing(node).isPresent()) {
            edit.replace(absorbing(node).orElseThrow());
        } else if (carries(node)) {
            owed.put(node.name(), carried(node));
            edit.replace(reading(node));
        } else {
            edit.replace(node.reading(node.inputs().stream().map(this::settled).toList()));
        }
    }

    private void takeOut(Node scaling) {
        String below = scaling.inputs().get(0);
        double[] factors = scaling.parameter(ChannelScaling.FACTORS).castTo(DataType.DOUBLE).toDoubleVector();
        double[] before = owed.getOrDefault(below, ones(factors.length));
        double[] both = IntStream.range(0, factors.length).mapToDouble(i -> factors[i] * before[i]).toArray();
        edit.remove(scaling.name());
        sources.put(scaling.name(), source(below));
        if (Arrays.stream(both).allMatch(factor -> factor == 1)) {
            return;
        }
        Optional<Node> affine = affineOfItsOwn(below);
        if (affine.isPresent()) {
            edit.replace(scaled(affine.get(), both));
        } else {
            owed.put(scaling.name(), both);
        }
    }

    /** A frozen affine that the scaling alone reads: what earlier factors left before a sum. */
    private Optional<Node> affineOfItsOwn(String name) {
        return network.has(name) && network.consumers(name).size() == 1
                ? Optional.of(edit.node(name)).filter(node -> node.layer(ChannelAffine.class).isPresent())
                : Optional.empty();
    }

    private static Node scaled(Node affine, double[] factors) {
        INDArray by = vector(factors);
        return affine.with(Map.of(
                ChannelAffine.SCALE, affine.parameter(ChannelAffine.SCALE).mul(by), ChannelAffine.SHIFT, affine.parameter(ChannelAffine.SHIFT).mul(by)));
    }

    private Node reading(Node node) {
        return node.reading(node.inputs().stream().map(this::source).toList());
    }

    private String source(String name) {
        return sources.getOrDefault(name, name);
    }

    /** The node with the factors of what it reads in its weights, if it has weights that read each channel. */
    private Optional<Node> absorbing(Node node) {
        if (node.inputs().size() != 1 || !readsChannels(node)) {
            return Optional.empty();
        }
        double[] read = read(node);
        if (node.layer(BatchNormalization.class).isPresent()) {
            return Optional.of(reading(BatchNorms.ofScaled(node, read)));
        }
        if (node.layer(ChannelAffine.class).isPresent()) {
            return Optional.of(reading(node.with(Map.of(ChannelAffine.SCALE, node.parameter(ChannelAffine.SCALE).mul(vector(read))))));
        }
        if (node.layer(GroupedConvolution.class).isPresent()) {
            return Optional.of(reading(node.with(Map.of(ConvolutionParamInitializer.WEIGHT_KEY, grouped(node, read)))));
        }
        return ChannelRule.of(node).flatMap(rule -> rule.axes(node).stream()
                .filter(axis -> axis.side() == ChannelRule.Side.READ)
                .findFirst()
                .map(axis -> reading(node.with(Map.of(axis.parameter(), along(node.parameter(axis.parameter()), axis.dimension(), read))))));
    }

    private static boolean readsChannels(Node node) {
        return node.preProcessor().map(p -> p instanceof CnnToFeedForwardPreProcessor && Reshaping.isKnown(p)).orElse(true);
    }

    /** Factors of what a node of one input reads, after it was made flat if it is. */
    private double[] read(Node node) {
        double[] factors = owed.get(node.inputs().get(0));
        return node.preProcessor()
                .map(p -> chosen(Reshaping.follow(p, IntStream.range(0, factors.length).toArray(), new Strands()), factors))
                .orElse(factors);
    }

    private static double[] chosen(int[] channels, double[] factors) {
        return Arrays.stream(channels).mapToDouble(channel -> factors[channel]).toArray();
    }

    private static INDArray along(INDArray weights, int dimension, double[] factors) {
        long[] shape = new long[weights.rank()];
        Arrays.fill(shape, 1);
        shape[dimension] = factors.length;
        return weights.mul(vector(factors).reshape(shape)).dup('c');
    }

    /** Kernels [c_out, c_in / groups, k_h, k_w]: each group reads its own channels. */
    private static INDArray grouped(Node node, double[] factors) {
        long groups = node.layer(GroupedConvolution.class).orElseThrow().getGroups();
        INDArray kernels = node.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        long[] s = kernels.shape();
        return kernels.dup('c').reshape('c', groups, s[0] / groups, s[1], s[2] * s[3])
                .mul(vector(factors).reshape(groups, 1, s[1], 1)).dup('c').reshape('c', s);
    }

    private boolean carries(Node node) {
        if (node.preProcessor().isPresent()) {
            return false;
        }
        return node.layer().map(FactorFlow::carries).orElseGet(() -> ChannelRule.of(node)
                .filter(rule -> rule instanceof MergedChannels || rule instanceof ChannelRange || rule instanceof ReshapedChannels)
                .isPresent());
    }

    private static boolean carries(Layer layer) {
        if (layer instanceof SubsamplingLayer pooling) {
            return pooling.getPoolingType() != PoolingType.PNORM;
        }
        if (layer instanceof GlobalPoolingLayer pooling) {
            return pooling.getPoolingType() != PoolingType.PNORM;
        }
        if (layer instanceof ActivationLayer alone) {
            return isRectifier(alone.getActivationFn());
        }
        return layer instanceof ConstantPadding padding ? padding.getValue() == 0 : CARRIERS.contains(layer.getClass());
    }

    /** Whether g(f x) = f g(x) for every f of at least 0. */
    private static boolean isRectifier(IActivation activation) {
        return activation instanceof ActivationIdentity
                || activation instanceof ActivationLReLU
                || activation instanceof ActivationReLU relu && none(relu.getMax()) && none(relu.getThreshold());
    }

    private static boolean none(Double value) {
        return value == null || value == 0;
    }

    /** Factors of what a node gives that hands on those of what it reads; 1 for channels that it brings along. */
    private double[] carried(Node node) {
        Strands strands = new Strands();
        List<Double> factors = new ArrayList<>();
        List<int[]> read = new ArrayList<>();
        for (String input : node.inputs()) {
            double[] own = owed.getOrDefault(input, ones(channels(input)));
            read.add(strands.constant(own.length));
            Arrays.stream(own).forEach(factors::add);
        }
        int[] given = ChannelRule.of(node).orElseThrow().follow(node, read, strands);
        return Arrays.stream(given).mapToDouble(strand -> strand < factors.size() ? factors.get(strand) : 1).toArray();
    }

    private int channels(String name) {
        return Math.toIntExact(types.get(name) instanceof InputType.InputTypeConvolutional maps
                ? maps.getChannels() : types.get(name).arrayElementsPerExample());
    }

    /** What gives an input as it was: the source, or an affine behind it where factors are owed. */
    private String settled(String input) {
        double[] factors = owed.get(input);
        if (factors == null) {
            return source(input);
        }
        return affines.computeIfAbsent(input, i -> {
            String name = unused(source(i) + AFFINE);
            Map<String, INDArray> parameters = new LinkedHashMap<>();
            parameters.put(ChannelAffine.SCALE, vector(factors));
            parameters.put(ChannelAffine.SHIFT, Nd4j.zeros(DataType.FLOAT, factors.length));
            edit.add(Node.layer(name, new ChannelAffine(factors.length), List.of(source(i)), parameters));
            return name;
        });
    }

    private String unused(String wished) {
        return network.has(wished) || affines.containsValue(wished) ? unused(wished + "'") : wished;
    }

    private static INDArray vector(double[] values) {
        return Nd4j.createFromArray(values).castTo(DataType.FLOAT);
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}
