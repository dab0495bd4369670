package io.espalier.plugins.models;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The layout of Keras 1 and 2, which Keras 3 writes too when a file's name ends in {@code .h5}: attribute
 * {@code layer_names}, one group for each layer with an attribute {@code weight_names}. A model within a model is one
 * layer, whose weights are told apart by their names.
 */
final class LegacyKerasWeights implements KerasWeights {

    /** Group of the weights that belong to no layer; it is not named among the layers. */
    private final Hdf5Group group;
    private final Set<String> layers;

    /** @param group with the attribute {@code layer_names} */
    LegacyKerasWeights(Hdf5Group group) {
        this.group = group;
        this.layers = new LinkedHashSet<>(group.strings("layer_names").orElse(List.of()));
    }

    @Override
    public LayerWeights of(String layer) {
        if (!layers.contains(layer)) {
            return new LayerWeights(group.file(), layer, List.of());
        }
        Hdf5Group own = group.group(layer);
        return new LayerWeights(group.file(), layer, weightNames(own).stream().map(own::dataset).toList());
    }

    @Override
    public KerasWeights within(KerasLayer model) {
        return layers.contains(model.name())
                ? new Nested(group.group(model.name()), weightNames(group.group(model.name())))
                : new Nested(group, List.of());
    }

    @Override
    public Set<String> layers() {
        return layers;
    }

    private static List<String> weightNames(Hdf5Group layer) {
        return layer.strings("weight_names").orElse(List.of());
    }

    /**
     * Weights named {@code path/layer/weight}. Their order says nothing by itself: Keras puts the trainable ones first.
     *
     * @param group of the layer that is a model
     * @param names of all weights in it
     */
    private record Nested(Hdf5Group group, List<String> names) implements KerasWeights {

        @Override
        public LayerWeights of(String layer) {
            return new LayerWeights(group.file(), layer, below(layer).stream().map(group::dataset).toList());
        }

        private List<String> below(String layer) {
            List<String> found = new ArrayList<>();
            for (String name : names) {
                String path = name.substring(0, Math.max(0, name.lastIndexOf('/')));
                if (path.equals(layer) || path.endsWith("/" + layer)) {
                    found.add(name);
                }
            }
            return found;
        }

        @Override
        public KerasWeights within(KerasLayer model) {
            String part = "/" + model.name() + "/";
            List<String> own = names.stream().filter(name -> ("/" + name).contains(part)).toList();
            return own.isEmpty() ? this : new Nested(group, own);
        }

        @Override
        public Set<String> layers() {
            return Set.of();
        }
    }
}
