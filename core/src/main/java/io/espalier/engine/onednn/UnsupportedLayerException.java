package io.espalier.engine.onednn;

import io.espalier.engine.TrainingException;
import io.espalier.network.Node;

/** A layer that oneDNN is not used for here; {@code dl4j} knows it. */
public final class UnsupportedLayerException extends TrainingException {

    private static final long serialVersionUID = 1L;

    UnsupportedLayerException(Node node, String what) {
        super("the engine onednn does not know " + what + " of layer '" + node.name() + "' (" + node.kind() + ")");
    }
}
