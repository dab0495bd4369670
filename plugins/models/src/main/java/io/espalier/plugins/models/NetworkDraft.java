package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Nodes of a network with their parameters, in the order in which they were added, until they become a DL4J graph. */
final class NetworkDraft {

    private final Path file;
    private final String input;
    private final Map<String, Part> parts = new LinkedHashMap<>();

    NetworkDraft(Path file, String input) {
        this.file = file;
        this.input = input;
    }

    /** One node: a layer, or a vertex that is none. */
    private record Part(
            Optional<Layer> layer, Optional<GraphVertex> vertex, Optional<InputPreProcessor> reshape, List<String> inputs,
            Map<String, INDArray> parameters) {}

    String input() {
        return input;
    }

    void layer(String name, Layer layer, String from, Map<String, INDArray> parameters) {
        put(name, new Part(Optional.of(layer), Optional.empty(), Optional.empty(), List.of(from), parameters));
    }

    void layer(String name, Layer layer, InputPreProcessor reshape, String from, Map<String, INDArray> parameters) {
        put(name, new Part(Optional.of(layer), Optional.empty(), Optional.of(reshape), List.of(from), parameters));
    }

    void vertex(String name, GraphVertex vertex, List<String> from) {
        put(name, new Part(Optional.empty(), Optional.of(vertex), Optional.empty(), List.copyOf(from), Map.of()));
    }

    private void put(String name, Part part) {
        if (name.equals(input) || parts.putIfAbsent(name, part) != null) {
            throw new InputException(file + " has two layers named '" + name + "'; give each its own name and save the network again");
        }
    }

    /** The layer of a node, if it is one of that class. */
    <L extends Layer> Optional<L> layer(String name, Class<L> type) {
        return Optional.ofNullable(parts.get(name)).flatMap(Part::layer).filter(type::isInstance).map(type::cast);
    }

    /** The node that a node with one input reads. */
    String read(String name) {
        return parts.get(name).inputs().get(0);
    }

    Map<String, INDArray> parameters(String name) {
        return parts.get(name).parameters();
    }

    boolean lacks(String name) {
        return !parts.containsKey(name);
    }

    boolean isReadOnce(String name) {
        return parts.values().stream().flatMap(part -> part.inputs().stream()).filter(name::equals).count() == 1;
    }

    /** Another layer in place of a node's, with what the node read. */
    void replace(String name, Layer layer, Map<String, INDArray> parameters) {
        parts.computeIfPresent(name, (own, part) ->
                new Part(Optional.of(layer), Optional.empty(), part.reshape(), part.inputs(), parameters));
    }

    /** A node and the one that it alone reads, as one layer of the second one's name. */
    void merge(String first, String second, Layer layer, Map<String, INDArray> parameters) {
        Part before = parts.remove(first);
        parts.put(second, new Part(Optional.of(layer), Optional.empty(), before.reshape(), before.inputs(), parameters));
    }

    /** The graph that ends with that node; what does not lead to it is left out. */
    ComputationGraph graph(String output) {
        Set<String> needed = needed(output);
        GraphBuilder builder = new NeuralNetConfiguration.Builder().seed(0).updater(new NoOp()).graphBuilder().addInputs(input);
        parts.forEach((name, part) -> {
            if (needed.contains(name)) {
                add(builder, name, part);
            }
        });
        ComputationGraph graph = new ComputationGraph(builder.setOutputs(output).validateOutputLayerConfig(false).build());
        long length = needed.stream().flatMap(name -> parameters(name).values().stream()).mapToLong(INDArray::length).sum();
        // Nothing of it is random: every weight is set from the file.
        graph.init(length == 0 ? null : Nd4j.zeros(DataType.FLOAT, 1, length), false);
        needed.forEach(name -> parameters(name).forEach((key, value) -> graph.getLayer(name).getParam(key).assign(value)));
        return graph;
    }

    private static void add(GraphBuilder builder, String name, Part part) {
        String[] inputs = part.inputs().toArray(String[]::new);
        part.layer().ifPresent(layer -> builder.addLayer(name, layer, part.reshape().orElse(null), inputs));
        part.vertex().ifPresent(vertex -> builder.addVertex(name, vertex, inputs));
    }

    private Set<String> needed(String output) {
        Set<String> needed = new HashSet<>(Set.of(output));
        Deque<String> ahead = new ArrayDeque<>(needed);
        while (!ahead.isEmpty()) {
            for (String read : parts.get(ahead.poll()).inputs()) {
                if (!read.equals(input) && needed.add(read)) {
                    ahead.add(read);
                }
            }
        }
        return needed;
    }
}
