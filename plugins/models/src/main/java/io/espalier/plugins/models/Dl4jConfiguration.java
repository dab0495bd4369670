package io.espalier.plugins.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;

/** A network's {@code configuration.json}, of a graph or of a stack of layers, as the configuration of a graph. */
final class Dl4jConfiguration {

    /** Whose classes a configuration may name: those that every JVM with Espalier's core has. */
    private static final List<String> KNOWN_PACKAGES = List.of("org.deeplearning4j.", "org.nd4j.", "io.espalier.layers.");

    private final Path file;
    private final String json;

    private Dl4jConfiguration(Path file, String json) {
        this.file = file;
        this.json = json;
    }

    /** @throws InputException when it does not parse or names classes that are not there */
    static ComputationGraphConfiguration parse(Path file, String json) {
        return new Dl4jConfiguration(file, json).parse();
    }

    private ComputationGraphConfiguration parse() {
        JsonNode tree = tree();
        refuseUnknownClasses(tree);
        refuseChannelsLast(tree);
        ComputationGraphConfiguration graph;
        if (tree.has("vertices")) {
            graph = understood(() -> ComputationGraphConfiguration.fromJson(json));
        } else if (tree.has("confs")) {
            graph = understood(() -> graphOf(MultiLayerConfiguration.fromJson(json)));
        } else {
            throw new InputException(file + ": its " + Dl4jZip.CONFIGURATION + " is neither of a ComputationGraph (it has no"
                    + " 'vertices') nor of a MultiLayerNetwork (it has no 'confs'). Save the network by ModelSerializer");
        }
        graph.setDataType(DataType.FLOAT);
        return graph;
    }

    private JsonNode tree() {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new InputException(file + ": its " + Dl4jZip.CONFIGURATION + " is no JSON, line " + e.getLocation().getLineNr()
                    + ": " + e.getOriginalMessage() + ". Save the network again", e);
        }
    }

    private void refuseUnknownClasses(JsonNode tree) {
        for (String name : ClassNames.in(tree)) {
            if (KNOWN_PACKAGES.stream().noneMatch(name::startsWith)) {
                throw new InputException(file + " needs the class " + name + ", which is not one of DL4J's."
                        + " Networks with layers of one's own are not read: save the network with standard layers only");
            }
            if (!isThere(name)) {
                throw new InputException(file + " needs the class " + name + ", which is not in the DL4J at hand (1.0.0-M2.1)."
                        + " Load and save the network with that version, with standard layers only");
            }
        }
    }

    private static boolean isThere(String name) {
        try {
            Class.forName(name, false, Layer.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return name.startsWith("io.espalier.") && isHere(name);
        }
    }

    private static boolean isHere(String name) {
        try {
            Class.forName(name, false, InputException.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private void refuseChannelsLast(JsonNode tree) {
        channelsLast(tree, "").ifPresent(layer -> {
            throw new InputException(file + ": layer '" + layer + "' keeps its channels last (CNN2DFormat.NHWC), which is not yet"
                    + " known. Known are networks with channels first (NCHW)");
        });
    }

    private static Optional<String> channelsLast(JsonNode node, String layer) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            boolean format = field.getKey().toLowerCase(Locale.ROOT).endsWith("format");
            if (format && field.getValue().asText().equals("NHWC")) {
                return Optional.of(node.path("layerName").asText(layer));
            }
            Optional<String> below = channelsLast(field.getValue(), field.getKey());
            if (below.isPresent()) {
                return below;
            }
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            Optional<String> below = channelsLast(node.get(i), String.valueOf(i));
            if (below.isPresent()) {
                return below;
            }
        }
        return Optional.empty();
    }

    private <T> T understood(Supplier<T> step) {
        try {
            return step.get();
        } catch (RuntimeException | StackOverflowError e) {
            throw new InputException(file + ": DL4J does not understand its " + Dl4jZip.CONFIGURATION + ": " + Causes.first(e)
                    + ". Load and save the network with DL4J 1.0.0-M2.1", e);
        }
    }

    /** As {@code MultiLayerNetwork.toComputationGraph}, but layers keep their names, and nothing is initialised. */
    private static ComputationGraphConfiguration graphOf(MultiLayerConfiguration stack) {
        String last = "in";
        GraphBuilder builder = new NeuralNetConfiguration.Builder().seed(0).graphBuilder().addInputs(last).validateOutputLayerConfig(false);
        for (int i = 0; i < stack.getConfs().size(); i++) {
            Layer layer = stack.getConf(i).getLayer();
            String own = layer.getLayerName();
            String name = own == null || own.isBlank() || own.equals("in") || count(stack, own) > 1 ? String.valueOf(i) : own;
            builder.addLayer(name, layer, stack.getInputPreProcess(i), last);
            last = name;
        }
        return builder.setOutputs(last).build();
    }

    private static long count(MultiLayerConfiguration stack, String name) {
        return stack.getConfs().stream().filter(c -> name.equals(c.getLayer().getLayerName())).count();
    }

    /** Number of parameters that a network of that configuration has, batch-norm statistics included. */
    static long parameters(ComputationGraphConfiguration configuration) {
        long sum = 0;
        for (GraphVertex vertex : configuration.getVertices().values()) {
            sum = Math.addExact(sum, vertex.numParams(true));
        }
        return sum;
    }
}
