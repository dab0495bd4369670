package io.espalier.plugins.models;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A weight file of a narrow VGG16 in the layout of Keras, small, written by jhdf (in HDF5's newer format; h5py writes the older). */
final class KerasFile {

    /** Channels that each block's convolutions put out. */
    private static final int[] WIDTHS = {2, 3, 2, 3, 2};

    private static final int[] CONVOLUTIONS = {2, 2, 3, 3, 3};
    private static final int FLATTENED = 7 * 7 * WIDTHS[4];
    private static final int HIDDEN = 4;

    /** Arrays by layer, then by the path below the layer's group. */
    private final Map<String, Map<String, Object>> layers = new LinkedHashMap<>();
    private final Map<String, String> attributes = new LinkedHashMap<>();

    static KerasFile small(boolean top) {
        Random random = new Random(7);
        KerasFile file = new KerasFile();
        int in = 3;
        for (int block = 1; block <= WIDTHS.length; block++) {
            int out = WIDTHS[block - 1];
            for (int i = 1; i <= CONVOLUTIONS[block - 1]; i++) {
                file.layer("block" + block + "_conv" + i, kernel(random, in, out), vector(random, out));
                in = out;
            }
            file.layers.put("block" + block + "_pool", new LinkedHashMap<>());
        }
        if (top) {
            file.layer("fc1", matrix(random, FLATTENED, HIDDEN), vector(random, HIDDEN));
            file.layer("fc2", matrix(random, HIDDEN, HIDDEN), vector(random, HIDDEN));
            file.layer("predictions", matrix(random, HIDDEN, 5), vector(random, 5));
        }
        return file;
    }

    /** Names of the layers that have weights. */
    List<String> weighted() {
        return layers.entrySet().stream().filter(layer -> !layer.getValue().isEmpty()).map(Map.Entry::getKey).toList();
    }

    KerasFile layer(String name, Object kernel, Object bias) {
        Map<String, Object> arrays = new LinkedHashMap<>();
        arrays.put("kernel:0", kernel);
        arrays.put("bias:0", bias);
        layers.put(name, arrays);
        return this;
    }

    KerasFile without(String layer) {
        layers.remove(layer);
        return this;
    }

    KerasFile attribute(String name, String value) {
        attributes.put(name, value);
        return this;
    }

    Object array(String layer, String name) {
        return layers.get(layer).get(name);
    }

    /** @param nested whether arrays lie in one more group of the layer's name, as with Keras 2 */
    Path write(Path path, boolean nested) {
        try (WritableHdfFile file = HdfFile.write(path)) {
            attributes.forEach(file::putAttribute);
            file.putAttribute("layer_names", layers.keySet().toArray(String[]::new));
            layers.forEach((name, arrays) -> {
                WritableGroup group = file.putGroup(name);
                WritableGroup inner = nested && !arrays.isEmpty() ? group.putGroup(name) : group;
                List<String> names = new ArrayList<>();
                arrays.forEach((key, array) -> {
                    inner.putDataset(key, array);
                    names.add(nested ? name + "/" + key : key);
                });
                if (!names.isEmpty()) {
                    group.putAttribute("weight_names", names.toArray(String[]::new));
                }
            });
        }
        return path;
    }

    static float[][][][] kernel(Random random, int in, int out) {
        float[][][][] kernel = new float[3][3][in][];
        for (float[][][] row : kernel) {
            for (float[][] column : row) {
                for (int i = 0; i < in; i++) {
                    column[i] = vector(random, out);
                }
            }
        }
        return kernel;
    }

    static float[][] matrix(Random random, int in, int out) {
        float[][] matrix = new float[in][];
        for (int i = 0; i < in; i++) {
            matrix[i] = vector(random, out);
        }
        return matrix;
    }

    static float[] vector(Random random, int length) {
        float[] vector = new float[length];
        for (int i = 0; i < length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }
}
