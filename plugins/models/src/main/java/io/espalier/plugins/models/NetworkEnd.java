package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.plugins.models.KerasTensor.Form;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Gives a draft the end of a classifier. A dense layer with softmax becomes an output layer, logits get a softmax in a
 * loss layer of its own, which says that it was not in the file. One unit with sigmoid becomes two with softmax, which
 * compute the same: logits 0 and w x + b give 1 - p and p. Feature maps stay what they are: such a network has no head.
 */
final class NetworkEnd {


    private final Path file;
    private final NetworkDraft draft;
    private final KerasOperations operations;

    NetworkEnd(Path file, NetworkDraft draft) {
        this.file = file;
        this.draft = draft;
        this.operations = new KerasOperations(file, draft);
    }

    /** The name of the node that the network ends with. */
    String of(KerasTensor last) {
        if (last.node().equals(draft.input())) {
            throw new InputException(file + " has no layer that computes anything; read are convolutional networks");
        }
        if (last.form() == Form.MAPS || last.form() == Form.FLATTENED && !last.pixels(1, 1)) {
            return last.node();
        }
        if (last.form() == Form.ROWS) {
            throw new InputException(file + " ends in a flattened feature map; read are networks that end in classes or in feature maps."
                    + " Save the model up to the layer before its Flatten");
        }
        String name = operations.vector(last).node();
        mergeActivation(name);
        return classifier(name, last.channels());
    }

    /** An activation after a dense layer that nothing else reads is that layer's own. */
    private void mergeActivation(String name) {
        draft.layer(name, ActivationLayer.class).ifPresent(activation -> {
            String below = draft.read(name);
            draft.layer(below, DenseLayer.class)
                    .filter(dense -> dense.getActivationFn() instanceof ActivationIdentity && draft.isReadOnce(below))
                    .ifPresent(dense -> {
                        DenseLayer merged = (DenseLayer) dense.clone();
                        merged.setActivationFn(activation.getActivationFn());
                        draft.merge(below, name, merged, draft.parameters(below));
                    });
        });
    }

    private String classifier(String name, int units) {
        IActivation activation = activation(name);
        boolean dense = draft.layer(name, DenseLayer.class).isPresent();
        if (activation instanceof ActivationSoftmax && units > 1) {
            draft.layer(name, DenseLayer.class).ifPresent(layer -> draft.replace(name, output(layer), draft.parameters(name)));
            return name;
        }
        if (activation instanceof ActivationSigmoid && units == 1 && dense) {
            DenseLayer layer = draft.layer(name, DenseLayer.class).orElseThrow();
            Map<String, INDArray> two = new LinkedHashMap<>();
            draft.parameters(name).forEach((key, value) -> two.put(key, Nd4j.concat(1, Nd4j.zeros(value.dataType(), value.shape()), value)));
            layer.setNOut(2);
            draft.replace(name, output(layer), two);
            return name;
        }
        if (!(activation instanceof ActivationIdentity) || units == 1) {
            throw new InputException(file + " is no classifier: it ends in '" + name + "' of " + units + " unit" + (units == 1 ? "" : "s")
                    + (activation instanceof ActivationIdentity ? "" : " with " + activation)
                    + ". Read are networks that end in softmax or logits of two or more classes, in one unit with sigmoid,"
                    + " or in feature maps");
        }
        String end = name + "-softmax";
        draft.layer(end, new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build(), name, Map.of());
        return end;
    }

    private IActivation activation(String name) {
        return draft.layer(name, DenseLayer.class).map(DenseLayer::getActivationFn)
                .or(() -> draft.layer(name, ActivationLayer.class).map(ActivationLayer::getActivationFn))
                .orElseGet(ActivationIdentity::new);
    }

    private static OutputLayer output(DenseLayer layer) {
        return new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(layer.getNIn())
                .nOut(layer.getNOut())
                .hasBias(layer.hasBias())
                .activation(Activation.SOFTMAX)
                .build();
    }
}
