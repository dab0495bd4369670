package io.espalier.plugins.models;

import java.util.List;
import java.util.Optional;

/**
 * One layer of a Keras model.
 *
 * @param name unique in its model
 * @param className Keras' class
 * @param config its arguments
 * @param calls one for each time that it is called
 * @param nested the model that it is, if it is one
 */
record KerasLayer(String name, String className, KerasConfig config, List<KerasLayer.Call> calls, Optional<KerasModel> nested) {

    KerasLayer {
        calls = List.copyOf(calls);
    }

    /**
     * What a layer is called with.
     *
     * @param inputs tensors, in order
     * @param constants numbers after them, one or one for each channel each
     */
    record Call(List<Reference> inputs, List<List<Double>> constants) {

        Call {
            inputs = List.copyOf(inputs);
            constants = List.copyOf(constants);
        }
    }

    /**
     * What a call of a layer gives.
     *
     * @param layer its name
     * @param call number of the call
     */
    record Reference(String layer, int call) {}
}
