package io.espalier.network;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One vertex of a network: what it computes, of what, with which parameters. Neither the configuration nor the tensors of
 * a node are ever written after it is made; an edit makes a new node.
 *
 * @param name unique in its network
 * @param vertex DL4J's configuration of what it computes
 * @param inputs names of the nodes (or of the network's input) that it reads, in order
 * @param parameters by DL4J's parameter name; read-only
 */
public record Node(String name, GraphVertex vertex, List<String> inputs, Map<String, INDArray> parameters) {

    public Node {
        inputs = List.copyOf(inputs);
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /** A node that is a DL4J layer. */
    public static Node layer(String name, Layer layer, List<String> inputs, Map<String, INDArray> parameters) {
        return layer(name, layer, null, inputs, parameters);
    }

    static Node layer(
            String name, Layer layer, InputPreProcessor preProcessor, List<String> inputs, Map<String, INDArray> parameters) {
        Layer named = layer.clone();
        named.setLayerName(name);
        NeuralNetConfiguration configuration = new NeuralNetConfiguration.Builder().layer(named).build();
        return new Node(name, new LayerVertex(configuration, preProcessor), inputs, parameters);
    }

    /** The layer's configuration, empty for a vertex that is none; not to be written. */
    public Optional<Layer> layer() {
        return vertex instanceof LayerVertex layerVertex ? Optional.of(layerVertex.getLayerConf().getLayer()) : Optional.empty();
    }

    /** The layer's configuration if it is of that class. */
    public <L extends Layer> Optional<L> layer(Class<L> type) {
        return layer().filter(type::isInstance).map(type::cast);
    }

    /** What reshapes its input, if anything does. */
    public Optional<InputPreProcessor> preProcessor() {
        return vertex instanceof LayerVertex layerVertex ? Optional.ofNullable(layerVertex.getPreProcessor()) : Optional.empty();
    }

    /** A parameter of the node. Throws when there is none of that name. */
    public INDArray parameter(String key) {
        INDArray value = parameters.get(key);
        if (value == null) {
            throw new IllegalArgumentException("layer '" + name + "' has no parameter '" + key + "', only " + parameters.keySet());
        }
        return value;
    }

    /** The same node with other inputs. */
    public Node reading(List<String> others) {
        return new Node(name, vertex, others, parameters);
    }

    /** The same node with some parameters replaced. */
    public Node with(Map<String, INDArray> changed) {
        Map<String, INDArray> all = new LinkedHashMap<>(parameters);
        all.putAll(changed);
        return new Node(name, vertex, inputs, all);
    }

    /** The same node, its input and its preprocessor kept, computing another layer. */
    public Node computing(Layer layer, Map<String, INDArray> replaced) {
        return layer(name, layer, preProcessor().orElse(null), inputs, replaced);
    }

    /** What it is, for people: the simple name of DL4J's class. */
    public String kind() {
        return layer().map(l -> l.getClass().getSimpleName()).orElse(vertex.getClass().getSimpleName());
    }

    /** DL4J's type of what it gives for what it reads. Throws {@link IllegalArgumentException} when it cannot read that. */
    InputType outputType(int index, InputType... read) {
        try {
            requireFits(read);
            // DL4J counts a range of channels from the last to the first.
            if (vertex instanceof SubsetVertex range && read[0] instanceof InputType.InputTypeConvolutional maps) {
                return InputType.convolutional(maps.getHeight(), maps.getWidth(), range.getTo() - range.getFrom() + 1L);
            }
            // And asks a loss layer, which has no weights, for the number of its outputs.
            return layer(LossLayer.class).isPresent() ? preprocessed(read[0]) : vertex.getOutputType(index, read);
        } catch (InvalidInputTypeException e) {
            throw new IllegalArgumentException("layer '" + name + "' (" + kind() + ") cannot take " + Arrays.toString(read) + ": " + e.getMessage(), e);
        }
    }

    private InputType preprocessed(InputType read) {
        return preProcessor().map(p -> p.getOutputType(read)).orElse(read);
    }

    /** DL4J asks weights how much they read, and concatenations how large their maps are, only when they run. */
    private void requireFits(InputType... read) {
        layer(FeedForwardLayer.class).map(FeedForwardLayer::getNIn).filter(wanted -> wanted > 0).ifPresent(wanted -> {
            InputType type = preprocessed(read[0]);
            long found = type instanceof InputType.InputTypeConvolutional maps ? maps.getChannels()
                    : type instanceof InputType.InputTypeFeedForward flat ? flat.getSize() : wanted;
            if (found != wanted) {
                throw new IllegalArgumentException("layer '" + name + "' (" + kind() + ") reads " + wanted + " "
                        + (type instanceof InputType.InputTypeConvolutional ? "channels" : "numbers") + ", but is given " + found);
            }
        });
        if (vertex instanceof MergeVertex && Arrays.stream(read).map(Node::pixels).distinct().count() > 1) {
            throw new IllegalArgumentException("layer '" + name + "' (" + kind() + ") is given maps of several sizes: " + Arrays.toString(read));
        }
    }

    private static List<Long> pixels(InputType type) {
        return type instanceof InputType.InputTypeConvolutional maps ? List.of(maps.getHeight(), maps.getWidth()) : List.of();
    }
}
