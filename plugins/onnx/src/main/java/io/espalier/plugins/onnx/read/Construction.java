package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.exception.DL4JException;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;

/** One walk through the file's operations with concrete extents: what each value is, and the parts that compute it. */
final class Construction {

    /** Operations after which a value is still the same map, or one for each of its numbers. */
    private static final Set<String> ELEMENTWISE = Set.of(
            "Identity", "Dropout", "Cast", "Relu", "LeakyRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Reshape",
            "Squeeze", "Unsqueeze", "Transpose", "BatchNormalization", "Div", "Min", "Max", "Sub");

    private static final Set<String> OF_MAPS = Set.of("Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Resize", "Upsample");

    /** Factors and shifts in all: networks have some thousands. */
    private static final long MOST_FACTORS = 1 << 24;

    private final Graph graph;
    private final boolean openSides;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, Feature> converted = new HashMap<>();
    private final Parts parts;
    private final Folding folding;
    private long factors;

    /**
     * @param constants what does not depend on the images' extents
     * @param openSides whether the extents are only tried out, so that nothing should depend on them
     */
    Construction(Graph graph, Map<String, Tensor> constants, Feature images, boolean openSides) {
        this.graph = graph;
        this.openSides = openSides;
        this.parts = new Parts(images, graph.names());
        this.folding = new Folding(graph);
        values.putAll(constants);
        values.put(images.name(), images);
    }

    /** @throws InputException naming the operation that cannot be read with these extents */
    Parts parts() {
        for (Operation operation : graph.operations()) {
            if (!operation.outputs().stream().allMatch(name -> name.isEmpty() || values.containsKey(name))) {
                read(operation);
            }
        }
        Value output = values.get(graph.output());
        if (!(output instanceof Feature predictions)) {
            throw graph.file().refused("its output '" + Operation.printable(graph.output()) + "' does not depend on the image",
                    "Export the network again");
        }
        new Ending(this, predictions).close();
        return parts;
    }

    private void read(Operation operation) {
        try {
            if (folding.folds(operation, values)) {
                return;
            }
            Operators.of(operation).read(operation, this);
            operation.requireNothingElse();
        } catch (ArithmeticException e) {
            throw operation.refused("works with numbers that are too large (" + e.getMessage() + ")",
                    "The file is damaged; export the network again");
        } catch (IllegalArgumentException | IllegalStateException | DL4JException e) {
            // This is how the layers' builders say what they do not take.
            throw operation.refused("is no layer that can be made: " + e.getMessage(), "Export the network again, or with images of another size");
        }
    }

    Graph graph() {
        return graph;
    }

    int opset() {
        return graph.file().opset();
    }

    /** Whether height and width are only tried out. */
    boolean hasOpenSides() {
        return openSides;
    }

    Parts network() {
        return parts;
    }

    void give(Operation operation, Value value) {
        give(operation, 0, value);
    }

    void give(Operation operation, int index, Value value) {
        values.put(operation.outputs().get(index), value);
    }

    /** An input that must be there. */
    Value value(Operation operation, int index) {
        return optional(operation, index)
                .orElseThrow(() -> operation.refused("lacks its input " + (index + 1), "The file is damaged; export the network again"));
    }

    Optional<Value> optional(Operation operation, int index) {
        return operation.input(index).map(name -> {
            Value value = values.get(name);
            if (value == null) {
                throw operation.refused("reads '" + Operation.printable(name) + "', which is nothing that is computed here",
                        "Further outputs of operations (indices, masks, statistics) are not read");
            }
            return value;
        });
    }

    Feature feature(Operation operation, int index) {
        if (value(operation, index) instanceof Feature feature) {
            return feature;
        }
        throw operation.refused("works on the constant '" + Operation.printable(operation.inputs().get(index)) + "'",
                "Export the network with constants folded (PyTorch: do_constant_folding=True)");
    }

    Tensor constant(Operation operation, int index, String what) {
        return optionalConstant(operation, index, what)
                .orElseThrow(() -> operation.refused("lacks its " + what, "The file is damaged; export the network again"));
    }

    Optional<Tensor> optionalConstant(Operation operation, int index, String what) {
        return optional(operation, index).map(value -> {
            if (value instanceof Tensor tensor) {
                return tensor;
            }
            throw operation.refused("computes its " + what + " from the image; read are networks where it is constant",
                    "Export the network with it fixed");
        });
    }

    /** Room for a factor and a shift of each channel, which may be many where the file has one number. */
    float[] factors(Operation operation, Feature input) {
        long channels = input.extents().channels();
        factors += channels;
        if (factors > MOST_FACTORS) {
            throw operation.refused("needs factors for " + channels + " channels, after " + (factors - channels) + " in all before it",
                    "The file is damaged; export the network again");
        }
        return new float[(int) channels];
    }

    /** One number, if it is given. */
    Optional<Double> scalar(Operation operation, int index, String what) {
        return optionalConstant(operation, index, what).map(tensor -> {
            if (tensor.length() != 1) {
                throw operation.refused("has " + tensor.length() + " numbers for its " + what + ", which is one", "Export the network again");
            }
            double value = tensor.floats()[0];
            if (Double.isNaN(value)) {
                throw operation.refused("has NaN for its " + what, "The file is damaged; export the network again");
            }
            return Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, value));
        });
    }

    /** Whole numbers that newer files give as an input and older ones as an attribute. */
    Optional<long[]> integers(Operation operation, String attribute, int index) {
        Optional<long[]> given = operation.integers(attribute);
        return given.isPresent() ? given : optionalConstant(operation, index, attribute).map(Tensor::integers);
    }

    /** Images as [batch, channels, height, width], in the file's eyes as in ours. */
    Feature maps(Operation operation, int index) {
        Feature feature = feature(operation, index);
        if (!feature.isMaps()) {
            throw operation.refused("reads " + feature.describe() + "; read is [batch, channels, height, width]",
                    feature.rank() == Feature.MAP.size() ? "The file mixes its channels with height and width there" : "Read are networks of images");
        }
        return asMaps(feature);
    }

    /** The same as a part that gives maps. */
    Feature asMaps(Feature feature) {
        if (!feature.flat()) {
            return feature;
        }
        return convert(feature, "-maps", false,
                new PreprocessorVertex(new FeedForwardToCnnPreProcessor(1, 1, feature.extents().channels())), feature.extents());
    }

    /** The same as a part that gives [batch, features]. */
    Feature asVector(Operation operation, Feature feature) {
        if (!feature.isVector()) {
            throw operation.refused("reads " + feature.describe() + " as features; read are networks that flatten in the order"
                    + " of channels, height and width there", "Put a dense layer there, or pool the map first");
        }
        return asVector(feature);
    }

    Feature asVector(Feature feature) {
        if (feature.flat()) {
            return feature;
        }
        Extents extents = feature.extents();
        CnnToFeedForwardPreProcessor flatten = new CnnToFeedForwardPreProcessor(extents.height(), extents.width(), extents.channels());
        return convert(feature, "-flat", true, new PreprocessorVertex(flatten), new Extents(extents.batch(), extents.features(), 1, 1));
    }

    private Feature convert(Feature feature, String suffix, boolean flat, GraphVertex vertex, Extents extents) {
        return converted.computeIfAbsent(feature.name() + suffix, any -> {
            String name = parts.isFree(feature.name()) ? feature.name() : parts.free(feature.name() + suffix);
            parts.add(Part.vertex(name, vertex, List.of(feature.part()), extents, flat));
            List<List<Axis>> axes = feature.axes().stream()
                    .map(joined -> joined.equals(List.of(Axis.BATCH)) || joined.isEmpty() ? joined : flat ? List.of(Axis.CHANNEL) : joined)
                    .toList();
            return new Feature(feature.name(), name, flat, extents, axes);
        });
    }

    /** Whether a value, as it is or number by number changed, comes to a convolution or pooling. */
    boolean goesOnAsMaps(String value) {
        Deque<String> ahead = new ArrayDeque<>(List.of(value));
        Set<String> seen = new HashSet<>();
        while (!ahead.isEmpty()) {
            for (Operation reader : graph.consumers(ahead.poll())) {
                if (OF_MAPS.contains(reader.type())) {
                    return true;
                }
                if (ELEMENTWISE.contains(reader.type()) && !reader.outputs().isEmpty() && seen.add(reader.outputs().get(0))) {
                    ahead.add(reader.outputs().get(0));
                }
            }
        }
        return false;
    }

    /** An axis as the file counts it, from the end if negative. */
    static int axis(Operation operation, long axis, int rank) {
        long counted = axis < 0 ? axis + rank : axis;
        if (counted < 0 || counted >= rank) {
            throw operation.refused("names axis " + axis + " of " + rank, "The file is damaged; export the network again");
        }
        return (int) counted;
    }

    static int[] axes(Operation operation, long[] axes, int rank) {
        int[] counted = Arrays.stream(axes).mapToInt(axis -> axis(operation, axis, rank)).toArray();
        if (Arrays.stream(counted).distinct().count() != counted.length) {
            throw operation.refused("names an axis twice: " + Arrays.toString(axes), "The file is damaged; export the network again");
        }
        return counted;
    }

    /** @throws InputException when no map of these extents can exist */
    static Extents sound(Operation operation, Extents extents) {
        if (!extents.isSound()) {
            throw operation.refused("would give a map of " + extents, "The file is damaged, or its images must be of another size");
        }
        return extents;
    }
}
