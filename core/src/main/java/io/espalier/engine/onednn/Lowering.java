package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.engine.onednn.Graph.Part;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * Turns a network into operations. Where nothing else reads what lies between, a frozen affine goes into the convolution
 * before it, an activation into whatever is before it, zeros around maps into the convolution after them, and both halves
 * of a decomposed convolution become one operation.
 */
final class Lowering {

    private final Network network;
    private final Set<ParameterKey> gradients;
    private final Set<String> kept;
    private final boolean merging;
    private final Map<String, InputType> types;
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final Map<String, String> places = new HashMap<>();
    /** Nodes that train or read, however far below, one that does. */
    private final Set<String> active = new HashSet<>();
    private boolean probabilities;

    private Lowering(Network network, Set<ParameterKey> gradients, Set<String> kept, boolean merging) {
        this.network = network;
        this.gradients = gradients;
        this.kept = kept;
        this.merging = merging;
        this.types = network.outputTypes();
    }

    /**
     * @param gradients that are wanted; none for a graph that only predicts
     * @param kept nodes whose own outputs must be there
     * @throws UnsupportedLayerException when oneDNN is not used for one of the layers
     */
    static Graph graph(Network network, Set<ParameterKey> gradients, Set<String> kept) {
        return new Lowering(network, gradients, kept, false).graph();
    }

    /** A graph that predicts with parameters that do not change: both halves of a convolution are one where that is less work. */
    static Graph fixed(Network network) {
        return new Lowering(network, Set.of(), Set.of(), true).graph();
    }

    private Graph graph() {
        places.put(network.input(), network.input());
        for (Node node : network.nodes()) {
            if (!trained(node).isEmpty() || node.inputs().stream().anyMatch(active::contains)) {
                active.add(node.name());
            }
            lower(node);
        }
        Graph graph = new Graph(
                network.input(), List.copyOf(parts.values()), places, places.get(network.output()), probabilities);
        for (ParameterKey key : gradients) {
            if (!graph.gives(Set.of(key))) {
                throw new UnsupportedLayerException(network.node(key.layer()), "the gradient of parameter '" + key.parameter() + "'");
            }
        }
        return graph;
    }

    private Set<ParameterKey> trained(Node node) {
        Set<ParameterKey> trained = new HashSet<>();
        gradients.stream().filter(key -> key.layer().equals(node.name())).forEach(trained::add);
        return trained;
    }

    private void lower(Node node) {
        if (node.layer().isPresent()) {
            lowerLayer(node, node.layer().get());
        } else if (node.vertex() instanceof ElementWiseVertex vertex) {
            lowerElementwise(node, vertex);
        } else if (node.vertex() instanceof Gate && gateIsSimple(node)) {
            add(node, new Gated());
        } else if (node.vertex() instanceof MergeVertex vertex && vertex.getMergeAxis() == Shapes.CHANNELS) {
            add(node, new Concat());
        } else if (node.vertex() instanceof SubsetVertex vertex) {
            add(node, new Slice(new long[] {vertex.getFrom(), 0, 0}, new long[] {channels(input(node)) - 1 - vertex.getTo(), 0, 0}));
        } else if (node.vertex() instanceof PreprocessorVertex vertex) {
            add(node, reshape(node, vertex.getPreProcessor()));
        } else {
            throw new UnsupportedLayerException(node, "the kind");
        }
    }

    /** One factor for each channel, for each place or for each number; not one for each row, say. */
    private boolean gateIsSimple(Node node) {
        if (!(types.get(node.inputs().get(1)) instanceof InputType.InputTypeConvolutional gate)) {
            return true;
        }
        InputType.InputTypeConvolutional maps = (InputType.InputTypeConvolutional) types.get(input(node));
        boolean wholeMaps = gate.getHeight() == maps.getHeight() && gate.getWidth() == maps.getWidth();
        boolean everyChannel = gate.getChannels() == maps.getChannels();
        return wholeMaps || everyChannel && gate.getHeight() == 1 && gate.getWidth() == 1;
    }

    private void lowerElementwise(Node node, ElementWiseVertex vertex) {
        long shapes = node.inputs().stream().map(types::get).map(InputType::toString).distinct().count();
        if (vertex.getOp() == ElementWiseVertex.Op.Add && shapes == 1) {
            lowerSum(node);
        } else if (vertex.getOp() == ElementWiseVertex.Op.Product && shapes == 1 && node.inputs().size() == 2) {
            add(node, new Product());
        } else if (vertex.getOp() == ElementWiseVertex.Op.Subtract && shapes == 1 && node.inputs().size() == 2) {
            add(node, new Difference());
        } else if (vertex.getOp() == ElementWiseVertex.Op.Max && shapes == 1 && node.inputs().size() == 2) {
            add(node, new Maximum());
        } else if (vertex.getOp() == ElementWiseVertex.Op.Average && shapes == 1) {
            add(node, new Average());
        } else {
            throw new UnsupportedLayerException(node, "the operation " + vertex.getOp() + " on " + node.inputs().size() + " inputs like these");
        }
    }

    /** Goes into the later of two convolutions, or of a convolution and something else. */
    private void lowerSum(Node node) {
        List<String> order = List.copyOf(parts.keySet());
        List<String> inputs = inputs(node);
        int later = inputs.size() == 2 && order.indexOf(inputs.get(1)) > order.indexOf(inputs.get(0)) ? 1 : 0;
        Part before = parts.get(inputs.get(later));
        boolean canAdd = inputs.size() == 2 && !inputs.get(0).equals(inputs.get(1)) && before != null && before.inputs().size() == 1
                && isReadOnlyBy(node.inputs().get(later)) && order.indexOf(inputs.get(later)) == order.size() - 1;
        Activation own = before == null ? null
                : before.operation() instanceof Convolution convolution ? convolution.activation()
                : before.operation() instanceof Decomposed decomposed ? decomposed.activation() : null;
        if (canAdd && own != null && own.isIdentity()) {
            Part adding = new Part(before.name(), before.operation(), List.of(before.inputs().get(0), inputs.get(1 - later)));
            places.remove(node.inputs().get(later));
            parts.put(adding.name(), adding);
            places.put(node.name(), adding.name());
        } else {
            add(node, new Sum());
        }
    }

    private void lowerLayer(Node node, Layer layer) {
        refuseOddities(node, layer);
        if (layer instanceof ActivationLayer activation) {
            activate(node, activation.getActivationFn());
        } else if (layer instanceof BatchNormalization || layer instanceof ChannelAffine) {
            normalise(node);
        } else if (layer instanceof ChannelScaling) {
            scaleChannels(node);
        } else if (layer instanceof BasisScalingConvolution scaling) {
            scale(node, scaling);
        } else if (layer.getClass() == ConvolutionLayer.class) {
            convolve(node, Layers.convolution(node, (ConvolutionLayer) layer), ((ConvolutionLayer) layer).getActivationFn());
        } else if (layer instanceof DepthwiseConvolution2D depthwise) {
            convolve(node, Layers.depthwise(node, depthwise), depthwise.getActivationFn());
        } else if (layer instanceof GroupedConvolution grouped) {
            convolve(node, Layers.grouped(node, grouped), grouped.getActivationFn());
        } else if (layer instanceof SubsamplingLayer pooling) {
            add(node, pool(node, pooling));
        } else if (layer instanceof GlobalPoolingLayer pooling) {
            poolGlobally(node, pooling);
        } else if (layer instanceof ZeroPaddingLayer padding) {
            int[] around = padding.getPadding();
            add(node, Padding.ofZeros(around[0], around[1], around[2], around[3]));
        } else if (layer instanceof ConstantPadding padding) {
            add(node, Padding.of(padding));
        } else if (layer instanceof Cropping2D cropping) {
            int[] off = cropping.getCropping();
            add(node, new Slice(new long[] {0, off[0], off[2]}, new long[] {0, off[1], off[3]}));
        } else if (layer instanceof Upsampling2D repeating) {
            add(node, new Upsample(repeating.getSize()[0], repeating.getSize()[1]));
        } else if (layer instanceof DropoutLayer) {
            dropOut(node, layer);
        } else if (layer instanceof DenseLayer dense) {
            dense(node, dense, dense.getActivationFn());
        } else if (layer instanceof OutputLayer output) {
            dense(node, output, output.getActivationFn());
        } else if (layer instanceof LossLayer loss) {
            activate(node, loss.getActivationFn());
        } else {
            throw new UnsupportedLayerException(node, "the kind");
        }
    }

    private void refuseOddities(Node node, Layer layer) {
        if (layer instanceof BaseLayer weighted && weighted.getWeightNoise() != null && !gradients.isEmpty()) {
            throw new UnsupportedLayerException(node, "the weight noise");
        }
        boolean otherLayout = layer instanceof ConvolutionLayer convolution && convolution.getCnn2dDataFormat() == CNN2DFormat.NHWC
                || layer instanceof SubsamplingLayer pooling && pooling.getCnn2dDataFormat() == CNN2DFormat.NHWC
                || layer instanceof Upsampling2D repeating && repeating.getFormat() == CNN2DFormat.NHWC
                || layer instanceof BatchNormalization norm && norm.getCnn2DFormat() == CNN2DFormat.NHWC;
        if (otherLayout) {
            throw new UnsupportedLayerException(node, "the data format NHWC");
        }
    }

    private static String input(Node node) {
        return node.inputs().get(0);
    }

    private long channels(String name) {
        return types.get(name) instanceof InputType.InputTypeConvolutional maps ? maps.getChannels() : types.get(name).arrayElementsPerExample();
    }

    private boolean isFlat(String name) {
        return types.get(name) instanceof InputType.InputTypeFeedForward;
    }

    private void add(Node node, Operation operation) {
        put(node.name(), operation, inputs(node));
        places.put(node.name(), node.name());
    }

    private void put(String name, Operation operation, List<String> inputs) {
        parts.put(name, new Part(name, operation, inputs));
    }

    /** Parts that a node reads, what reshapes its input as a part of its own. */
    private List<String> inputs(Node node) {
        List<String> inputs = new ArrayList<>(node.inputs().stream().map(places::get).toList());
        node.preProcessor().ifPresent(preProcessor -> {
            String reshaped = node.name() + "'";
            put(reshaped, reshape(node, preProcessor), List.copyOf(inputs));
            inputs.set(0, reshaped);
        });
        dropoutBefore(node).ifPresent(dropout -> {
            String dropped = node.name() + "''";
            put(dropped, dropout, List.copyOf(inputs));
            inputs.set(0, dropped);
        });
        return inputs;
    }

    private static Flatten reshape(Node node, InputPreProcessor preProcessor) {
        if (preProcessor instanceof CnnToFeedForwardPreProcessor flat && flat.getFormat() != CNN2DFormat.NHWC) {
            return new Flatten(flat.getNumChannels() * flat.getInputHeight() * flat.getInputWidth(), 1, 1);
        }
        if (preProcessor instanceof FeedForwardToCnnPreProcessor maps) {
            return new Flatten(maps.getNumChannels(), maps.getInputHeight(), maps.getInputWidth());
        }
        throw new UnsupportedLayerException(node, "the preprocessor " + preProcessor.getClass().getSimpleName());
    }

    /** Layers with kernels may drop some of their input; DL4J does so in no other kind. */
    private Optional<Dropout> dropoutBefore(Node node) {
        boolean drops = node.layer(ConvolutionLayer.class).isPresent() || node.layer(DenseLayer.class).isPresent()
                || node.layer(OutputLayer.class).isPresent();
        return drops ? node.layer().flatMap(layer -> dropout(node, layer, isFlat(input(node)) || node.preProcessor().isPresent())) : Optional.empty();
    }

    private static Optional<Dropout> dropout(Node node, Layer layer, boolean flat) {
        if (layer.getIDropout() == null) {
            return Optional.empty();
        }
        if (layer.getIDropout() instanceof org.deeplearning4j.nn.conf.dropout.Dropout plain && plain.getPSchedule() == null) {
            return Optional.of(new Dropout(plain.getP(), flat));
        }
        throw new UnsupportedLayerException(node, "the dropout " + layer.getIDropout().getClass().getSimpleName());
    }

    private void dropOut(Node node, Layer layer) {
        add(node, dropout(node, layer, isFlat(input(node))).map(Operation.class::cast).orElse(new Activate(Activation.IDENTITY)));
    }

    private Pool pool(Node node, SubsamplingLayer layer) {
        Geometry geometry = Geometry.of(layer);
        if (geometry.isDilated()) {
            throw new UnsupportedLayerException(node, "the dilation");
        }
        return switch (layer.getPoolingType()) {
            case MAX -> new Pool(Pool.Kind.MAX, geometry);
            case AVG -> new Pool(layer.isAvgPoolIncludePadInDivisor() ? Pool.Kind.MEAN_WITH_PADDING : Pool.Kind.MEAN, geometry);
            default -> throw new UnsupportedLayerException(node, "the pooling " + layer.getPoolingType());
        };
    }

    private void poolGlobally(Node node, GlobalPoolingLayer layer) {
        boolean overMaps = layer.getPoolingDimensions() == null || Arrays.equals(layer.getPoolingDimensions(), new int[] {Shapes.HEIGHT, Shapes.WIDTH});
        if (isFlat(input(node)) || !overMaps) {
            throw new UnsupportedLayerException(node, "the dimensions");
        }
        switch (layer.getPoolingType()) {
            case MAX -> add(node, Pool.global(Pool.Kind.MAX));
            case AVG -> add(node, Pool.global(Pool.Kind.MEAN));
            default -> throw new UnsupportedLayerException(node, "the pooling " + layer.getPoolingType());
        }
    }

    private void convolve(Node node, Kernel kernel, IActivation activation) {
        TrainedKernel trained = TrainedKernel.of(node, kernel, trained(node));
        List<String> inputs = inputs(node);
        Part before = parts.get(inputs.get(0));
        if (before != null && before.operation() instanceof Padding padding && padding.isOfZerosInSpace()
                && !kernel.geometry().same() && isReadOnlyBy(input(node))) {
            parts.remove(before.name());
            Geometry wider = kernel.geometry().padded(spatial(padding.before()), spatial(padding.after()));
            put(node.name(), new Convolution(new Kernel(kernel.weight(), kernel.bias(), wider), Activation.IDENTITY, trained), before.inputs());
        } else {
            put(node.name(), new Convolution(kernel, Activation.IDENTITY, trained), inputs);
        }
        places.put(node.name(), node.name());
        activateOwn(node, activation);
    }

    private static long[] spatial(long[] ofAxes) {
        return new long[] {ofAxes[1], ofAxes[2]};
    }

    private void scale(Node node, BasisScalingConvolution layer) {
        Part before = parts.get(places.get(input(node)));
        Optional<Node> basis = Optional.ofNullable(before)
                .filter(part -> part.operation() instanceof Convolution convolution && convolution.activation().isIdentity()
                        && convolution.kernel().bias().isEmpty() && part.name().equals(input(node)) && isReadOnlyBy(input(node)))
                .map(part -> network.node(part.name()))
                .filter(Decomposition::isPlainConvolution);
        if (basis.isPresent()) {
            Convolution first = (Convolution) before.operation();
            parts.remove(before.name());
            boolean trained = !trained(node).isEmpty();
            put(node.name(), merging && Layers.merges(first.kernel(), node)
                    ? new Convolution(Layers.merged(first.kernel(), node), Activation.IDENTITY)
                    : Layers.decomposed(first, node, trained), before.inputs());
        } else if (trained(node).isEmpty()) {
            put(node.name(), new Convolution(Layers.scaling(node), Activation.IDENTITY), inputs(node));
        } else {
            throw new UnsupportedLayerException(node, "a basis that others read too");
        }
        places.put(node.name(), node.name());
        activateOwn(node, layer.getActivationFn());
    }

    private void normalise(Node node) {
        if (!trained(node).isEmpty()) {
            add(node, new BatchNorm(node, trained(node)));
            return;
        }
        Part before = parts.get(places.get(input(node)));
        // What a convolution is added to would have to be scaled too.
        boolean isAlone = before != null && isReadOnlyBy(input(node)) && before.inputs().size() == 1;
        if (isAlone && before.operation() instanceof Convolution convolution && convolution.activation().isIdentity()
                && convolution.trained().isNone()) {
            absorb(node, before.computing(new Convolution(Layers.folded(convolution.kernel(), node), Activation.IDENTITY)));
        } else if (isAlone && before.operation() instanceof Decomposed decomposed && decomposed.activation().isIdentity()) {
            absorb(node, before.computing(decomposed.folded(node)));
        } else {
            add(node, Layers.affine(node));
        }
    }

    private void scaleChannels(Node node) {
        if (trained(node).isEmpty()) {
            normalise(node);
        } else {
            add(node, new ChannelFactors(Layers.affine(node), Layers.key(node, ChannelScaling.FACTORS)));
        }
    }

    /** Puts what a node computes into the part before it. */
    private void absorb(Node node, Part changed) {
        places.remove(input(node));
        parts.put(changed.name(), changed);
        places.put(node.name(), changed.name());
    }

    /** Whether nothing but one other node needs a node's output. */
    private boolean isReadOnlyBy(String name) {
        return !name.equals(network.input()) && !name.equals(network.output()) && !kept.contains(name) && network.consumers(name).size() == 1;
    }

    /** A node that is an activation and nothing else. */
    private void activate(Node node, IActivation function) {
        if (function instanceof ActivationSoftmax && node.name().equals(network.output())) {
            add(node, new Activate(Activation.IDENTITY));
            probabilities = true;
            return;
        }
        Activation activation = Layers.activation(node, function);
        Part before = parts.get(places.get(input(node)));
        Optional<Operation> with = before == null || !isReadOnlyBy(input(node)) || node.preProcessor().isPresent()
                ? Optional.empty()
                : with(before.operation(), activation, active.contains(node.name()));
        with.ifPresentOrElse(operation -> absorb(node, before.computing(operation)), () -> add(node, new Activate(activation)));
    }

    /** The activation that a layer with kernels brings along. */
    private void activateOwn(Node node, IActivation function) {
        Part part = parts.get(node.name());
        if (function instanceof ActivationSoftmax && node.name().equals(network.output())) {
            probabilities = true;
            return;
        }
        Activation activation = Layers.activation(node, function);
        Optional<Operation> with = with(part.operation(), activation, active.contains(node.name()));
        if (with.isPresent()) {
            parts.put(part.name(), part.computing(with.get()));
        } else {
            String behind = node.name() + "*";
            put(behind, new Activate(activation), List.of(part.name()));
            places.put(node.name(), behind);
        }
    }

    private static Optional<Operation> with(Operation operation, Activation activation, boolean backwards) {
        if (backwards && !activation.isKnownFromOutput()) {
            return Optional.empty();
        }
        if (operation instanceof Convolution convolution && convolution.activation().isIdentity()) {
            return Optional.of(convolution.with(activation));
        }
        if (operation instanceof Decomposed decomposed && decomposed.activation().isIdentity()) {
            return Optional.of(decomposed.with(activation));
        }
        if (operation instanceof Dense dense && dense.activation().isIdentity()) {
            return Optional.of(dense.with(activation));
        }
        if (operation instanceof Affine affine && affine.activation().isIdentity() && activation.isRectifier()) {
            return Optional.of(new Affine(affine.numbers(), affine.scale(), activation));
        }
        return Optional.empty();
    }

    private void dense(Node node, FeedForwardLayer layer, IActivation activation) {
        if (layer instanceof DenseLayer dense && dense.isHasLayerNorm() || layer instanceof OutputLayer output && output.getClass() != OutputLayer.class) {
            throw new UnsupportedLayerException(node, "the form");
        }
        ParameterKey bias = Layers.key(node, DefaultParamInitializer.BIAS_KEY);
        Dense dense = new Dense(
                Layers.key(node, DefaultParamInitializer.WEIGHT_KEY),
                node.parameters().containsKey(bias.parameter()) ? Optional.of(bias) : Optional.empty(),
                layer.getNOut(), trained(node), Activation.IDENTITY);
        put(node.name(), dense, inputsOfDense(node));
        places.put(node.name(), node.name());
        activateOwn(node, activation);
    }

    /** A dense layer reads maps as they are, unless some of what it reads is dropped. */
    private List<String> inputsOfDense(Node node) {
        boolean readsMaps = node.preProcessor().filter(p -> p instanceof CnnToFeedForwardPreProcessor).isPresent()
                && dropoutBefore(node).isEmpty();
        return readsMaps ? List.of(places.get(input(node))) : inputs(node);
    }
}
