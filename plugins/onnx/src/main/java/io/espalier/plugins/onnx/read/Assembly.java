package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.layers.ChannelAffine;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.exception.DL4JException;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** A DL4J graph of parts. */
final class Assembly {

    private final ModelFile file;
    private final Parts parts;

    Assembly(ModelFile file, Parts parts) {
        this.file = file;
        this.parts = parts;
    }

    /** The configuration without weights. */
    ComputationGraphConfiguration configuration() {
        // Nothing of it is random: every weight is set from the file.
        GraphBuilder builder = new NeuralNetConfiguration.Builder()
                .seed(0).updater(new NoOp()).dataType(DataType.FLOAT)
                .graphBuilder().addInputs(parts.images().name()).validateOutputLayerConfig(false);
        for (Part part : parts.all()) {
            String[] inputs = part.inputs().toArray(String[]::new);
            if (part.kind() instanceof Part.Joined joined) {
                builder.addVertex(part.name(), joined.vertex().clone(), inputs);
            } else if (part.kind() instanceof Part.Layered layered) {
                builder.addLayer(part.name(), layered.layer().clone(), layered.preProcessor(), inputs);
            } else {
                builder.addLayer(part.name(), new ChannelAffine(part.affine().orElseThrow().scale().length), inputs);
            }
        }
        ComputationGraphConfiguration configuration = builder.setOutputs(parts.output()).build();
        for (GraphVertex vertex : configuration.getVertices().values()) {
            if (vertex instanceof LayerVertex layer) {
                layer.getLayerConf().setSeed(0);
            }
        }
        return configuration;
    }

    /** @throws InputException when DL4J does not take it, or a weight is no number */
    ComputationGraph graph() {
        try {
            ComputationGraphConfiguration configuration = configuration();
            requireShapes(configuration);
            return filled(configuration);
        } catch (InputException e) {
            throw e;
        } catch (IllegalArgumentException | IllegalStateException | DL4JException e) {
            throw new InputException(file.path() + ": what it describes is no network that DL4J can make: " + e.getMessage()
                    + ". Export the network again, or with images of another size", e);
        }
    }

    /** DL4J's own idea of each shape must be the one that the file was read with. */
    private void requireShapes(ComputationGraphConfiguration configuration) {
        Extents images = parts.images().extents();
        ImageShape input = new ImageShape((int) images.channels(), (int) images.height(), (int) images.width());
        Map<String, InputType> types = Network.of(configuration, Map.of(), new Preprocessing(input, Fit.PAD, Normalisation.UNIT), List.of())
                .outputTypes();
        for (Part part : parts.all()) {
            Extents extents = part.extents();
            InputType type = types.get(part.name());
            InputType expected = part.flat()
                    ? InputType.feedForward(extents.channels())
                    : InputType.convolutional(extents.height(), extents.width(), extents.channels());
            if (!shape(type).equals(shape(expected))) {
                throw new IllegalStateException("'" + Operation.printable(part.name()) + "' gives " + shape(type) + " instead of " + shape(expected));
            }
        }
    }

    private static String shape(InputType type) {
        return type instanceof InputType.InputTypeConvolutional maps
                ? maps.getChannels() + "x" + maps.getHeight() + "x" + maps.getWidth()
                : String.valueOf(type.arrayElementsPerExample());
    }

    private ComputationGraph filled(ComputationGraphConfiguration configuration) {
        long length = configuration.getVertices().values().stream().mapToLong(vertex -> vertex.numParams(false)).sum();
        if (length > Integer.MAX_VALUE / Float.BYTES) {
            throw file.refused("it has " + length + " parameters; networks of up to 2 GB are read", "Take a smaller one");
        }
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init(length == 0 ? null : Nd4j.zeros(DataType.FLOAT, 1, length), false);
        for (Part part : parts.all()) {
            weights(part).forEach((key, weights) -> fill(graph, part, key, weights.get()));
        }
        return graph;
    }

    private static Map<String, Supplier<INDArray>> weights(Part part) {
        if (part.kind() instanceof Part.Layered layered) {
            return layered.weights();
        }
        Map<String, Supplier<INDArray>> all = new LinkedHashMap<>();
        part.affine().ifPresent(affine -> {
            all.put(ChannelAffine.SCALE, () -> Nd4j.createFromArray(affine.scale()));
            all.put(ChannelAffine.SHIFT, () -> Nd4j.createFromArray(affine.shift()));
        });
        return all;
    }

    private void fill(ComputationGraph graph, Part part, String key, INDArray values) {
        if (Float.isNaN(values.sumNumber().floatValue() * 0)) {
            throw file.refused("a number in '" + key + "' of '" + Operation.printable(part.name()) + "' is not finite",
                    "The network's training went wrong or the file is damaged; take a sound one");
        }
        INDArray parameter = graph.getLayer(part.name()).getParam(key);
        boolean vector = values.rank() == 1 && parameter.length() == values.length();
        if (!vector && !Arrays.equals(parameter.shape(), values.shape())) {
            throw new IllegalStateException("'" + key + "' of '" + Operation.printable(part.name()) + "' has the shape "
                    + Arrays.toString(parameter.shape()) + ", not " + Arrays.toString(values.shape()));
        }
        parameter.assign(values.reshape(parameter.shape()));
    }
}
