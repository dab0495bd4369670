package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/** What a network must be to be pruned here: one input of images, one output, of class probabilities or of features. */
final class ImageClassifier {

    /** Parts of the names of DL4J's classes for sequences and volumes. */
    private static final List<String> NO_IMAGES = List.of(
            "LSTM", "Rnn", ".recurrent.", ".rnn.", "Recurrent", "TimeSeries", "EmbeddingSequence", "Attention", "1D", "3D");

    private final Path file;
    private final ComputationGraphConfiguration configuration;

    private ImageClassifier(Path file, ComputationGraphConfiguration configuration) {
        this.file = file;
        this.configuration = configuration;
    }

    /** @throws InputException naming the layer, when the network is something else */
    static void require(Path file, ComputationGraphConfiguration configuration) {
        ImageClassifier classifier = new ImageClassifier(file, configuration);
        classifier.requireOne("input", configuration.getNetworkInputs());
        classifier.requireOne("output", configuration.getNetworkOutputs());
        configuration.getVertices().forEach(classifier::requireOfImages);
        classifier.requireOutput(configuration.getNetworkOutputs().get(0));
    }

    private void requireOne(String what, List<String> names) {
        if (names == null || names.size() != 1) {
            throw new InputException(file + " has " + (names == null ? 0 : names.size()) + " " + what + "s"
                    + (names == null ? "" : " " + names) + "; networks with one " + what + " are read");
        }
    }

    private void requireOfImages(String name, GraphVertex vertex) {
        String kind = layer(vertex).<Object>map(l -> l).orElse(vertex).getClass().getName();
        boolean embedding = layer(vertex).filter(EmbeddingLayer.class::isInstance).isPresent();
        if (embedding || NO_IMAGES.stream().anyMatch(kind::contains)) {
            throw new InputException(file + ": layer '" + name + "' is a " + simple(kind)
                    + "; networks of two-dimensional images are read, none of sequences or volumes");
        }
    }

    private void requireOutput(String name) {
        GraphVertex vertex = configuration.getVertices().get(name);
        if (vertex == null) {
            throw new InputException(file + ": its output '" + name + "' is not among its layers. Save the network again");
        }
        layer(vertex).ifPresent(layer -> requireOutput(name, layer));
    }

    private void requireOutput(String name, Layer layer) {
        if (layer instanceof Yolo2OutputLayer || layer instanceof CnnLossLayer) {
            throw notAClassifier(name, layer, "");
        }
        Optional<IActivation> activation = outputActivation(layer);
        if (activation.isPresent() && !isProbability(activation.get())) {
            throw notAClassifier(name, layer, " with activation " + activation.get());
        }
        if (activation.isPresent() && layer instanceof FeedForwardLayer dense && dense.getNOut() == 1) {
            throw new InputException(file + ": its output layer '" + name + "' has one unit, and classes are told apart by one unit"
                    + " each. Give it two with softmax (weights 0 and w, biases 0 and b compute the same)");
        }
    }

    /** Activation of a layer that ends a network, empty for one that ends a feature extractor. */
    private static Optional<IActivation> outputActivation(Layer layer) {
        if (layer instanceof BaseOutputLayer output) {
            return Optional.of(output.getActivationFn());
        }
        if (layer instanceof LossLayer loss) {
            return Optional.of(loss.getActivationFn());
        }
        if (layer instanceof DenseLayer dense) {
            return Optional.of(dense.getActivationFn());
        }
        return layer instanceof ActivationLayer last && isProbability(last.getActivationFn())
                ? Optional.of(last.getActivationFn())
                : Optional.empty();
    }

    private static boolean isProbability(IActivation activation) {
        return activation instanceof ActivationSoftmax || activation instanceof ActivationSigmoid;
    }

    private InputException notAClassifier(String name, Layer layer, String more) {
        return new InputException(file + " is no classifier: its output layer '" + name + "' is a "
                + layer.getClass().getSimpleName() + more + ". Read are networks that end in softmax or sigmoid,"
                + " and feature extractors that end in a convolution or pooling");
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    /** The layer of a vertex, taken out of what freezes it; empty for a vertex that is none. */
    static Optional<Layer> layer(GraphVertex vertex) {
        return vertex instanceof LayerVertex layerVertex ? Optional.of(thawed(layerVertex.getLayerConf().getLayer())) : Optional.empty();
    }

    private static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer frozen) {
            return thawed(frozen.getLayer());
        }
        if (layer instanceof FrozenLayerWithBackprop frozen) {
            return thawed(frozen.getUnderlying());
        }
        return layer;
    }
}
