package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Makes a classifier's end of the file's: class probabilities, which training needs. Logits get a softmax that says by its
 * kind ({@link LossLayer}) that it was not in the file. A network that ends in feature maps keeps them.
 */
final class Ending {

    static final String SOFTMAX = "-softmax";

    private final Construction construction;
    private final Feature predictions;
    private final Parts parts;

    Ending(Construction construction, Feature predictions) {
        this.construction = construction;
        this.predictions = predictions;
        this.parts = construction.network();
    }

    /** @throws InputException when what the file gives are no predictions */
    void close() {
        Extents extents = predictions.extents();
        boolean maps = !predictions.flat() && extents.height() * extents.width() > 1 && !isVector();
        Feature last = maps ? predictions : vector();
        if (parts.find(last.part()).isEmpty()) {
            throw refused("gives the image itself", "Export the whole network");
        }
        parts.output(last.part());
        new Simplification(parts).run();
        String name = construction.graph().output();
        if (parts.isFree(name)) {
            parts.rename(last.part(), name);
        }
        if (!maps) {
            closeWithProbabilities(parts.find(parts.output()).orElseThrow());
        }
    }

    private boolean isVector() {
        return predictions.isVector()
                && predictions.axes().stream().noneMatch(joined -> joined.equals(List.of(Axis.HEIGHT)) || joined.equals(List.of(Axis.WIDTH)));
    }

    private Feature vector() {
        if (!isVector()) {
            throw refused("gives " + predictions.describe(), "Read are networks that end in [batch, classes] or in feature maps");
        }
        return construction.asVector(predictions);
    }

    private void closeWithProbabilities(Part last) {
        Optional<IActivation> activation = last.activation();
        if (last.extents().channels() == 1) {
            throw refused("gives one number for an image, and classes are told apart by one number each",
                    "Give the network two outputs (weights 0 and w, biases 0 and b compute the same)");
        }
        if (activation.filter(ActivationSigmoid.class::isInstance).isPresent()) {
            throw refused("ends in Sigmoid, so its classes do not exclude each other",
                    "Read are classifiers that end in Softmax or logits; export it without Sigmoid");
        }
        if (activation.filter(ActivationSoftmax.class::isInstance).isEmpty()) {
            addSoftmax(last);
            return;
        }
        parts.ofOneReader(last.inputs().get(0)).filter(part -> part.layer(DenseLayer.class).isPresent()).ifPresent(dense -> join(dense, last));
    }

    private void addSoftmax(Part last) {
        LossLayer softmax = new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build();
        softmax.setNIn(last.extents().channels());
        softmax.setNOut(last.extents().channels());
        String name = parts.free(last.name() + SOFTMAX);
        parts.add(new Part(name, new Part.Layered(softmax), List.of(last.name()), last.extents(), true));
        parts.output(name);
    }

    /** A dense layer and its softmax are one output layer in DL4J. */
    private void join(Part dense, Part softmax) {
        DenseLayer layer = dense.layer(DenseLayer.class).orElseThrow();
        Part.Layered kind = (Part.Layered) dense.kind();
        OutputLayer output = new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(layer.getNIn()).nOut(layer.getNOut()).hasBias(layer.hasBias()).activation(Activation.SOFTMAX).build();
        Part.Layered joined = new Part.Layered(output, kind.preProcessor(), Map.copyOf(kind.weights()));
        parts.put(new Part(softmax.name(), joined, dense.inputs(), dense.extents(), true));
        parts.remove(dense);
    }

    private InputException refused(String what, String mend) {
        return construction.graph().file().refused("its output '" + Operation.printable(construction.graph().output()) + "' " + what, mend);
    }
}
