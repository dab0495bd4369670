package io.espalier.plugins.onnx.write;

import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * Where the file ends.
 *
 * @param output name of the node whose result is the file's
 * @param leftOut a last node that is not written at all
 * @param bare a last node that is written without its softmax
 */
record NetworkEnd(String output, Optional<String> leftOut, Optional<String> bare) {

    /** What the file gives. */
    enum Output {
        /** What the file that the network was read from gave: a last softmax that stood in no file is left out. */
        AUTO,
        /** Numbers before the softmax. */
        LOGITS,
        /** Probabilities of the classes. */
        PROBABILITIES
    }

    /** @throws IllegalArgumentException when logits are wanted of a network that ends in no softmax */
    static NetworkEnd of(Network network, Output wish) {
        Node last = network.node(network.output());
        boolean added = last.layer(LossLayer.class).isPresent();
        if (wish == Output.PROBABILITIES || wish == Output.AUTO && !added || !endsInSoftmax(last, wish)) {
            return new NetworkEnd(last.name(), Optional.empty(), Optional.empty());
        }
        String before = last.inputs().get(0);
        boolean alone = last.layer(OutputLayer.class).isEmpty() && last.preProcessor().isEmpty() && !before.equals(network.input());
        return alone
                ? new NetworkEnd(before, Optional.of(last.name()), Optional.empty())
                : new NetworkEnd(last.name(), Optional.empty(), Optional.of(last.name()));
    }

    private static boolean endsInSoftmax(Node last, Output wish) {
        Optional<IActivation> activation = last.layer(OutputLayer.class).map(OutputLayer::getActivationFn)
                .or(() -> last.layer(LossLayer.class).map(LossLayer::getActivationFn))
                .or(() -> last.layer(ActivationLayer.class).map(ActivationLayer::getActivationFn));
        boolean softmax = activation.filter(ActivationSoftmax.class::isInstance).isPresent();
        if (!softmax && wish == Output.LOGITS && activation.filter(ActivationIdentity.class::isInstance).isEmpty()) {
            throw new IllegalArgumentException("output=logits was asked for, but the network ends in layer '" + last.name() + "' ("
                    + last.kind() + "), which has no softmax to leave out; write it with output=probabilities");
        }
        return softmax;
    }

    boolean leavesOut(Node node) {
        return leftOut.filter(node.name()::equals).isPresent();
    }

    boolean losesSoftmax(Node node) {
        return bare.filter(node.name()::equals).isPresent();
    }
}
