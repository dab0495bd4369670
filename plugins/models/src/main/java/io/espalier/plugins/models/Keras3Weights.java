package io.espalier.plugins.models;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The layout of Keras 3's {@code .weights.h5}: {@code layers/conv2d_1/vars/0}. Its groups are named by the layers' classes
 * and counted; which layer that is follows from the order of the layers, or, where only the weights are there, from an
 * attribute {@code name} that newer versions write.
 */
final class Keras3Weights implements KerasWeights {

    private static final String LAYERS = "layers";
    private static final String VARIABLES = "vars";

    private final Hdf5Group layers;
    private final Map<String, String> groups;

    private Keras3Weights(Hdf5Group layers, Map<String, String> groups) {
        this.layers = layers;
        this.groups = groups;
    }

    /** Whether a file with that root has this layout. */
    static boolean isIn(Hdf5Group root) {
        return root.has(LAYERS);
    }

    /** Of layers that are known by class and in order. */
    static Keras3Weights of(Hdf5Group model, List<KerasLayer> siblings) {
        Map<String, Integer> counts = new HashMap<>();
        Map<String, String> groups = new LinkedHashMap<>();
        for (KerasLayer layer : siblings) {
            String kind = snakeCase(layer.className());
            int number = counts.merge(kind, 1, Integer::sum) - 1;
            groups.put(layer.name(), number == 0 ? kind : kind + "_" + number);
        }
        if (!isIn(model)) {
            throw model.file().refusal("holds no '" + model.path() + "/layers': its weights are in a layout of an early Keras 3,"
                    + " which is not known here; load it in Keras and save it as 'x.h5'", null);
        }
        return new Keras3Weights(model.group(LAYERS), groups);
    }

    /** Of layers that the file itself names. */
    static Keras3Weights named(Hdf5Group root) {
        Hdf5Group layers = root.group(LAYERS);
        Map<String, String> groups = new LinkedHashMap<>();
        for (String name : layers.names()) {
            Hdf5Group layer = layers.group(name);
            if (layer.has(VARIABLES)) {
                layer.group(VARIABLES).strings("name").filter(names -> names.size() == 1)
                        .ifPresent(names -> groups.put(names.get(0), name));
            }
        }
        return new Keras3Weights(layers, groups);
    }

    @Override
    public LayerWeights of(String layer) {
        String name = groups.get(layer);
        List<Hdf5Dataset> all = new ArrayList<>();
        if (name != null && layers.has(name) && layers.group(name).has(VARIABLES)) {
            Hdf5Group variables = layers.group(name).group(VARIABLES);
            for (int i = 0; variables.has(String.valueOf(i)); i++) {
                all.add(variables.dataset(String.valueOf(i)));
            }
        }
        return new LayerWeights(layers.file(), layer, all);
    }

    @Override
    public KerasWeights within(KerasLayer model) {
        String name = groups.get(model.name());
        // A model of layers without weights may have left nothing in the file.
        boolean there = layers.has(name) && isIn(layers.group(name));
        return there ? of(layers.group(name), model.nested().orElseThrow().layers()) : new Keras3Weights(layers, Map.of());
    }

    @Override
    public Set<String> layers() {
        return groups.keySet();
    }

    /** As Keras makes a name of a class: BatchNormalization becomes batch_normalization, Conv2D conv2d. */
    private static String snakeCase(String name) {
        return name.replaceAll("\\W+", "")
                .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }
}
