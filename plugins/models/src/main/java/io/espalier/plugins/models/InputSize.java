package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.data.ImageShape;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;

/**
 * Which images a network takes, told from its configuration, which keeps no input type. A network that is fed flat
 * vectors says it outright; else the channels are those of the first convolution, and height and width are the smallest
 * that give the feature map which the network flattens (with a larger one the last pixels would go unused). A network
 * that flattens nothing takes many sizes.
 */
final class InputSize {

    private static final int LARGEST_SIDE = 512;

    private final Path file;
    private final ComputationGraphConfiguration configuration;
    private final String input;

    InputSize(Path file, ComputationGraphConfiguration configuration) {
        this.file = file;
        this.configuration = configuration;
        this.input = configuration.getNetworkInputs().get(0);
    }

    /**
     * The images' shape if the network is fed flat vectors that it reshapes itself; that reshaping is taken out of the
     * configuration, so that it takes images afterwards.
     */
    Optional<ImageShape> unflattened() {
        for (Map.Entry<String, GraphVertex> entry : configuration.getVertices().entrySet()) {
            boolean first = configuration.getVertexInputs().get(entry.getKey()).contains(input);
            if (first && entry.getValue() instanceof LayerVertex vertex
                    && vertex.getPreProcessor() instanceof FeedForwardToCnnPreProcessor reshape) {
                vertex.setPreProcessor(null);
                return Optional.of(new ImageShape(side(reshape.getNumChannels()), side(reshape.getInputHeight()), side(reshape.getInputWidth())));
            }
        }
        return Optional.empty();
    }

    /** Channels of the images: those that the first layer with weights reads. */
    int channels() {
        Deque<String> ahead = new ArrayDeque<>(List.of(input));
        Set<String> seen = new HashSet<>();
        while (!ahead.isEmpty()) {
            String name = ahead.poll();
            Layer layer = name.equals(input) ? null : ImageClassifier.layer(configuration.getVertices().get(name)).orElse(null);
            if (layer instanceof ConvolutionLayer || layer instanceof BatchNormalization) {
                return side(((FeedForwardLayer) layer).getNIn());
            }
            if (layer instanceof FeedForwardLayer dense && dense.getNIn() > 0) {
                throw new InputException(file + ": its first layer with weights, '" + name + "', is a "
                        + layer.getClass().getSimpleName() + ", no convolution; read are convolutional networks");
            }
            configuration.getVertexInputs().forEach((reader, read) -> {
                if (read.contains(name) && seen.add(reader)) {
                    ahead.add(reader);
                }
            });
        }
        throw new InputException(file + " has no convolution; read are convolutional networks");
    }

    /** Height and width of the images, empty if the network takes many. */
    Optional<ImageShape> solve(int channels) {
        Map<String, CnnToFeedForwardPreProcessor> flattenings = flattenings();
        if (flattenings.isEmpty()) {
            return Optional.empty();
        }
        List<String> order = order();
        OptionalInt height = OptionalInt.empty();
        OptionalInt width = OptionalInt.empty();
        for (int side = 1; side <= LARGEST_SIDE && (height.isEmpty() || width.isEmpty()); side++) {
            Map<String, InputTypeConvolutional> maps = flattenedMaps(order, flattenings.keySet(), side, channels);
            if (height.isEmpty() && fits(flattenings, maps, true)) {
                height = OptionalInt.of(side);
            }
            if (width.isEmpty() && fits(flattenings, maps, false)) {
                width = OptionalInt.of(side);
            }
        }
        if (height.isEmpty() || width.isEmpty()) {
            throw new InputException(file + ": no image of " + channels + " channels up to " + LARGEST_SIDE + "x" + LARGEST_SIDE
                    + " gives the feature map that its layer " + flattenings.keySet() + " flattens. Save the network again");
        }
        return Optional.of(new ImageShape(channels, height.getAsInt(), width.getAsInt()));
    }

    private static boolean fits(
            Map<String, CnnToFeedForwardPreProcessor> flattenings, Map<String, InputTypeConvolutional> maps, boolean height) {
        return flattenings.entrySet().stream().allMatch(entry -> {
            InputTypeConvolutional map = maps.get(entry.getKey());
            CnnToFeedForwardPreProcessor flattening = entry.getValue();
            return map != null
                    && map.getChannels() == flattening.getNumChannels()
                    && (height ? map.getHeight() == flattening.getInputHeight() : map.getWidth() == flattening.getInputWidth());
        });
    }

    /** Where feature maps of a fixed size become vectors, by name. */
    private Map<String, CnnToFeedForwardPreProcessor> flattenings() {
        Map<String, CnnToFeedForwardPreProcessor> found = new HashMap<>();
        configuration.getVertices().forEach((name, vertex) -> {
            if (preProcessor(vertex) instanceof CnnToFeedForwardPreProcessor flatten && flatten.getNumChannels() > 0) {
                found.put(name, flatten);
            }
        });
        return found;
    }

    private static InputPreProcessor preProcessor(GraphVertex vertex) {
        if (vertex instanceof LayerVertex layer) {
            return layer.getPreProcessor();
        }
        return vertex instanceof PreprocessorVertex preprocessor ? preprocessor.getPreProcessor() : null;
    }

    /** The feature maps that come to those vertices for a square image; of none if DL4J says the image does not fit. */
    private Map<String, InputTypeConvolutional> flattenedMaps(List<String> order, Set<String> wanted, int side, int channels) {
        Map<String, InputType> types = new HashMap<>(Map.of(input, InputType.convolutional(side, side, channels)));
        Map<String, InputTypeConvolutional> maps = new HashMap<>();
        for (String name : order) {
            List<String> read = configuration.getVertexInputs().get(name);
            if (wanted.contains(name) && types.get(read.get(0)) instanceof InputTypeConvolutional map) {
                maps.put(name, map);
            }
            if (maps.size() == wanted.size()) {
                return maps;
            }
            try {
                types.put(name, configuration.getVertices().get(name).getOutputType(0, read.stream().map(types::get).toArray(InputType[]::new)));
            } catch (RuntimeException e) {
                // This is how DL4J says that an image is too small for a kernel or that two maps do not match.
                return Map.of();
            }
        }
        return maps;
    }

    private List<String> order() {
        List<String> order = new ArrayList<>();
        Set<String> done = new HashSet<>(Set.of(input));
        Set<String> waiting = new HashSet<>(configuration.getVertices().keySet());
        while (!waiting.isEmpty()) {
            List<String> ready = waiting.stream().filter(name -> done.containsAll(configuration.getVertexInputs().get(name))).sorted().toList();
            if (ready.isEmpty()) {
                throw new InputException(file + ": its layers " + waiting + " read each other in a circle. Save the network again");
            }
            order.addAll(ready);
            done.addAll(ready);
            waiting.removeAll(ready);
        }
        return order;
    }

    private int side(long value) {
        if (value < 1 || value > Short.MAX_VALUE) {
            throw new InputException(file + " takes images with an extent of " + value + ", which none has. Save the network again");
        }
        return (int) value;
    }
}
