package io.espalier.network;

import io.espalier.data.ImageShape;
import io.espalier.nd4j.LateRelease;
import io.espalier.nd4j.TensorBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A convolutional network for classification: one input of images [batch, channels, height, width], one output of class
 * probabilities [batch, classes]. Immutable: its nodes are in topological order, its tensors are float32 and read-only,
 * and an edit makes a new network that shares what did not change.
 */
public final class Network {

    static {
        LateRelease.install();
    }

    private final String input;
    private final String output;
    private final Map<String, Node> nodes;
    private final Preprocessing preprocessing;
    private final List<String> classes;
    private String digest;

    Network(String input, String output, List<Node> nodes, Preprocessing preprocessing, List<String> classes) {
        this.input = input;
        this.output = output;
        this.nodes = sorted(input, nodes);
        this.preprocessing = preprocessing;
        this.classes = List.copyOf(classes);
        if (!this.nodes.containsKey(output)) {
            throw new IllegalArgumentException("the network's output '" + output + "' is not among its nodes");
        }
    }

    /**
     * Takes over a DL4J graph; its tensors are copied.
     *
     * @throws IllegalArgumentException when it has more than one input or output
     */
    public static Network of(ComputationGraph graph, Preprocessing preprocessing, List<String> classes) {
        Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();
        for (Layer layer : graph.getLayers()) {
            Map<String, INDArray> own = new LinkedHashMap<>();
            layer.paramTable().forEach((key, value) -> own.put(key, value.castTo(DataType.FLOAT).dup('c').detach()));
            parameters.put(layer.conf().getLayer().getLayerName(), own);
        }
        return of(graph.getConfiguration(), parameters, preprocessing, classes);
    }

    /** Puts a network together from DL4J's configuration and the parameters of each layer by name. */
    public static Network of(
            ComputationGraphConfiguration configuration,
            Map<String, Map<String, INDArray>> parameters,
            Preprocessing preprocessing,
            List<String> classes) {
        only("input", configuration.getNetworkInputs());
        only("output", configuration.getNetworkOutputs());
        List<Node> nodes = new ArrayList<>();
        configuration.getVertices().forEach((name, vertex) -> {
            List<String> inputs = configuration.getVertexInputs().get(name);
            nodes.add(node(name, vertex, inputs, parameters.getOrDefault(name, Map.of())));
        });
        return new Network(
                configuration.getNetworkInputs().get(0), configuration.getNetworkOutputs().get(0), nodes, preprocessing, classes);
    }

    private static void only(String what, List<String> names) {
        if (names.size() != 1) {
            throw new IllegalArgumentException("a network has one " + what + ", this one has " + names.size() + ": " + names);
        }
    }

    private static Node node(String name, GraphVertex vertex, List<String> inputs, Map<String, INDArray> parameters) {
        if (vertex instanceof LayerVertex layerVertex) {
            return Node.layer(name, thawed(layerVertex.getLayerConf().getLayer()), layerVertex.getPreProcessor(), inputs, parameters);
        }
        return new Node(name, vertex.clone(), inputs, parameters);
    }

    /** What trains is decided by each training, so a layer that came in frozen is taken out of its wrapper. */
    private static org.deeplearning4j.nn.conf.layers.Layer thawed(org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return thawed(frozen.getLayer());
        }
        if (layer instanceof FrozenLayerWithBackprop frozen) {
            return thawed(frozen.getUnderlying());
        }
        return layer;
    }

    private static Map<String, Node> sorted(String input, List<Node> nodes) {
        Map<String, Node> waiting = new LinkedHashMap<>();
        for (Node node : nodes) {
            if (waiting.put(node.name(), node) != null || node.name().equals(input)) {
                throw new IllegalArgumentException("two nodes are named '" + node.name() + "'");
            }
        }
        Map<String, Node> done = new LinkedHashMap<>();
        while (!waiting.isEmpty()) {
            List<Node> ready = waiting.values().stream()
                    .filter(n -> n.inputs().stream().allMatch(i -> i.equals(input) || done.containsKey(i)))
                    .toList();
            if (ready.isEmpty()) {
                throw new IllegalArgumentException("these nodes read nodes that are not there, or each other: " + waiting.keySet());
            }
            // One at a time, in the order given: the order is part of the digest and must not depend on depth.
            Node next = ready.get(0);
            done.put(next.name(), next);
            waiting.remove(next.name());
        }
        return Collections.unmodifiableMap(done);
    }

    public String input() {
        return input;
    }

    public String output() {
        return output;
    }

    /** Nodes in topological order. */
    public List<Node> nodes() {
        return List.copyOf(nodes.values());
    }

    /** A node by name. Throws when there is none. */
    public Node node(String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("the network has no layer '" + name + "', only " + nodes.keySet());
        }
        return node;
    }

    public boolean has(String name) {
        return nodes.containsKey(name);
    }

    /** The nodes that read a node (or the network's input), in topological order. */
    public List<Node> consumers(String name) {
        return nodes.values().stream().filter(n -> n.inputs().contains(name)).toList();
    }

    public Preprocessing preprocessing() {
        return preprocessing;
    }

    /** Names of its classes, in the order of its outputs. */
    public List<String> classes() {
        return classes;
    }

    public Network with(Preprocessing other) {
        return new Network(input, output, nodes(), other, classes);
    }

    public Network withClasses(List<String> others) {
        return new Network(input, output, nodes(), preprocessing, others);
    }

    /** A network in the making that starts as this one. */
    public NetworkEdit edit() {
        return new NetworkEdit(this);
    }

    /**
     * DL4J's type of every node's output, by name, for an input of the network's shape.
     *
     * @throws IllegalArgumentException naming the layer that cannot take what it reads
     */
    public Map<String, InputType> outputTypes() {
        ImageShape shape = preprocessing.input();
        Map<String, InputType> types = new LinkedHashMap<>();
        types.put(input, InputType.convolutional(shape.height(), shape.width(), shape.channels()));
        int index = 0;
        for (Node node : nodes.values()) {
            InputType[] inputs = node.inputs().stream().map(types::get).toArray(InputType[]::new);
            types.put(node.name(), node.outputType(index++, inputs));
        }
        return types;
    }

    /** DL4J's configuration of it, anew. */
    public ComputationGraphConfiguration configuration() {
        return configuration(DataType.FLOAT);
    }

    private ComputationGraphConfiguration configuration(DataType type) {
        ComputationGraphConfiguration.GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs(input)
                .validateOutputLayerConfig(false);
        for (Node node : nodes.values()) {
            String[] inputs = node.inputs().toArray(String[]::new);
            if (node.vertex() instanceof LayerVertex layerVertex) {
                var preProcessor = layerVertex.getPreProcessor();
                builder.addLayer(
                        node.name(), layerVertex.getLayerConf().getLayer().clone(), preProcessor == null ? null : preProcessor.clone(), inputs);
            } else {
                builder.addVertex(node.name(), node.vertex().clone(), inputs);
            }
        }
        return withoutSeeds(builder.setOutputs(output).build());
    }

    /** DL4J puts the clock's time where no seed is given, and would make every digest another one. */
    private static ComputationGraphConfiguration withoutSeeds(ComputationGraphConfiguration configuration) {
        configuration.getDefaultConfiguration().setSeed(0);
        for (GraphVertex vertex : configuration.getVertices().values()) {
            if (vertex instanceof LayerVertex layerVertex) {
                layerVertex.getLayerConf().setSeed(0);
            }
        }
        return configuration;
    }

    /** The network as a DL4J graph of its own: float32, parameters copied. */
    public ComputationGraph graph() {
        return graph(DataType.FLOAT, ComputationGraph::new);
    }

    /**
     * The same in another precision and in a subclass of DL4J's graph; float64 is for checks.
     *
     * @param constructor makes the graph of a configuration, without initialising it
     */
    public <G extends ComputationGraph> G graph(DataType type, Function<ComputationGraphConfiguration, G> constructor) {
        G graph = constructor.apply(configuration(type));
        // Zeros of the right length keep DL4J from drawing random weights that are overwritten at once.
        long length = nodes.values().stream().flatMap(n -> n.parameters().values().stream()).mapToLong(INDArray::length).sum();
        graph.init(length == 0 ? null : Nd4j.zeros(type, 1, length), false);
        for (Node node : nodes.values()) {
            node.parameters().forEach((key, value) -> graph.getLayer(node.name()).getParam(key).assign(value));
        }
        return graph;
    }

    /** SHA-256 of structure, preprocessing, classes and every parameter, hexadecimal. */
    public synchronized String digest() {
        if (digest == null) {
            digest = computeDigest();
        }
        return digest;
    }

    private String computeDigest() {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        sha.update(configuration().toJson().getBytes(StandardCharsets.UTF_8));
        sha.update(preprocessing.toString().getBytes(StandardCharsets.UTF_8));
        // Each name with its length, so that names with commas in them cannot be taken for others.
        classes.forEach(name -> sha.update((name.length() + ":" + name).getBytes(StandardCharsets.UTF_8)));
        for (Node node : nodes.values()) {
            new TreeMap<>(node.parameters()).forEach((key, value) -> {
                sha.update((node.name() + "/" + key).getBytes(StandardCharsets.UTF_8));
                try (TensorBytes bytes = TensorBytes.of(value)) {
                    bytes.update(sha);
                }
            });
        }
        return HexFormat.of().formatHex(sha.digest());
    }
}
