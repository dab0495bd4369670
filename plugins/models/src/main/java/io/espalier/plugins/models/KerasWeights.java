package io.espalier.plugins.models;

import java.util.List;
import java.util.Set;

/** Where a file keeps the weights of a model's layers. */
interface KerasWeights {

    /** The weights of a layer, none if it has none. */
    LayerWeights of(String layer);

    /** Those of a model that is a layer of this one. */
    KerasWeights within(KerasLayer model);

    /** Names of the layers in the file, as far as it names them. */
    Set<String> layers();
}
