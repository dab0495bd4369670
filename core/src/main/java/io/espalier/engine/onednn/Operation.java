package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.List;
import java.util.Set;

/** What a part of a network computes, for any batch size: one kind of layer, or several that are computed as one. */
interface Operation {

    /** Writes its forward half. */
    Forward forward(Tape tape, List<Tensor> inputs);

    /** Parameters whose gradients it gives. */
    default Set<ParameterKey> trains() {
        return Set.of();
    }

    /**
     * What a forward half gives.
     *
     * @param output what the next layers read
     * @param backward writes the backward half
     */
    record Forward(Tensor output, Backward backward) {}

    /** The backward half of an operation. */
    interface Backward {

        /**
         * Writes it.
         *
         * @param gradient of the loss with respect to the output
         * @param wanted for each input whether its gradient is wanted
         * @return gradients of the inputs, in their order; null for those not wanted
         */
        List<Tensor> write(Tape tape, Tensor gradient, List<Boolean> wanted);
    }
}
