package io.espalier.plugins.models;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** A whole model of Keras 3, put together layer by layer, with what a test wants to be wrong in it. */
final class KerasModelFile {

    private final List<String> layers = new ArrayList<>();
    private final Map<String, Object[]> weights = new LinkedHashMap<>();
    private String inputs = "[\"image\", 0, 0]";
    private String outputs;
    private String kind = "Functional";

    KerasModelFile() {
        input("image", "[null, 8, 8, 3]");
    }

    KerasModelFile input(String name, String shape) {
        layers.add("{\"class_name\": \"InputLayer\", \"name\": \"" + name + "\", \"config\": {\"name\": \"" + name
                + "\", \"batch_shape\": " + shape + "}, \"inbound_nodes\": []}");
        return this;
    }

    KerasModelFile without(int layer) {
        layers.remove(layer);
        return this;
    }

    /** @param config further arguments as JSON, {@code "a": 1, "b": 2}, or nothing */
    KerasModelFile layer(String kindOfLayer, String name, String config, String... reads) {
        return called(kindOfLayer, name, config, node(reads));
    }

    /** @param nodes its calls, each as {@link #node} makes them */
    KerasModelFile called(String kindOfLayer, String name, String config, String... nodes) {
        layers.add("{\"class_name\": \"" + kindOfLayer + "\", \"name\": \"" + name + "\", \"config\": {\"name\": \"" + name + "\""
                + (config.isEmpty() ? "" : ", " + config) + "}, \"inbound_nodes\": [" + String.join(", ", nodes) + "]}");
        outputs = "[\"" + name + "\", 0, 0]";
        return this;
    }

    static String node(String... reads) {
        StringJoiner tensors = new StringJoiner(", ");
        for (String read : reads) {
            String[] parts = read.split("@");
            tensors.add("{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"" + parts[0] + "\", "
                    + (parts.length > 1 ? parts[1] : "0") + ", 0]}}");
        }
        return "{\"args\": [" + (reads.length > 1 ? "[" + tensors + "]" : tensors) + "], \"kwargs\": {}}";
    }

    KerasModelFile weights(String layer, Object... arrays) {
        weights.put(layer, arrays);
        return this;
    }

    KerasModelFile inputs(String json) {
        inputs = json;
        return this;
    }

    KerasModelFile outputs(String json) {
        outputs = json;
        return this;
    }

    KerasModelFile kind(String className) {
        kind = className;
        return this;
    }

    /** A 1x1 convolution from three channels to {@code out}, a global average and a dense layer with softmax for two classes. */
    KerasModelFile head(String from, int channels) {
        layer("GlobalAveragePooling2D", "pool", "", from);
        layer("Dense", "out", "\"activation\": \"softmax\", \"units\": 2", "pool");
        return weights("out", new float[channels][2], new float[2]);
    }

    KerasModelFile convolution(String name, String from, int in, int out) {
        layer("Conv2D", name, "\"kernel_size\": [1, 1], \"filters\": " + out, from);
        return weights(name, new float[1][1][in][out], new float[out]);
    }

    String json() {
        return "{\"class_name\": \"" + kind + "\", \"config\": {\"name\": \"test\", \"layers\": [" + String.join(", ", layers)
                + "], \"input_layers\": " + inputs + ", \"output_layers\": " + outputs + "}}";
    }

    Path write(Path path) {
        return write(path, json());
    }

    Path write(Path path, String json) {
        try (WritableHdfFile file = HdfFile.write(path)) {
            file.putAttribute("keras_version", "3.15.1");
            file.putAttribute("model_config", json);
            WritableGroup model = file.putGroup("model_weights");
            model.putAttribute("layer_names", weights.isEmpty() ? new String[] {"none"} : weights.keySet().toArray(String[]::new));
            weights.forEach((layer, arrays) -> {
                WritableGroup group = model.putGroup(layer);
                String[] names = new String[arrays.length];
                for (int i = 0; i < arrays.length; i++) {
                    names[i] = "weight" + i;
                    group.putDataset(names[i], arrays[i]);
                }
                group.putAttribute("weight_names", names);
            });
        }
        return path;
    }
}
