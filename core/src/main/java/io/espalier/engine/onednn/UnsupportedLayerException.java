package io.espalier.engine.onednn;

import io.espalier.engine.TrainingException;
import io.espalier.network.Node;

/** Something that oneDNN is not used for here; the engine {@code dl4j} knows it. */
public final class UnsupportedLayerException extends TrainingException {

    private static final long serialVersionUID = 1L;

    private final String what;

    UnsupportedLayerException(Node node, String what) {
        super(message(node, what) + "; use --engine dl4j, or leave --engine out");
        this.what = message(node, what);
    }

    private static String message(Node node, String what) {
        return "onednn does not know " + what + " of layer '" + node.name() + "' (" + node.kind() + ")";
    }

    /** What is not known, without the mend. */
    String what() {
        return what;
    }
}
