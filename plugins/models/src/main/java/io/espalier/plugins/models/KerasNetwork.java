package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.plugins.models.KerasLayer.Call;
import io.espalier.plugins.models.KerasLayer.Reference;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes the network of a whole model: calls its layers in an order in which each finds what it reads. */
final class KerasNetwork {

    private static final Set<String> PREPROCESSING = Set.of("Rescaling", "Normalization");

    private final Path file;
    private final KerasModel model;
    private final KerasWeights weights;
    private final NetworkDraft draft;
    private final KerasLayers layers;

    private KerasNetwork(Path file, KerasModel model, KerasWeights weights) {
        this.file = file;
        this.model = model;
        this.weights = weights;
        this.draft = new NetworkDraft(file, model.input().layer());
        this.layers = new KerasLayers(new KerasOperations(file, draft));
    }

    static Pretrained read(Path file, KerasModel model, KerasWeights weights) {
        requireKnown(file, model);
        return new KerasNetwork(file, model, weights).read();
    }

    private static void requireKnown(Path file, KerasModel model) {
        Map<String, String> unknown = new TreeMap<>();
        collectUnknown(model, unknown);
        if (!unknown.isEmpty()) {
            throw new InputException(file + " has layers that are not known here: "
                    + String.join(", ", unknown.entrySet().stream().map(e -> "'" + e.getKey() + "' (" + e.getValue() + ")").toList())
                    + ". Known are " + String.join(", ", KerasLayers.names())
                    + ". Replace them by these and train on, or export the model as ONNX");
        }
    }

    private static void collectUnknown(KerasModel model, Map<String, String> unknown) {
        for (KerasLayer layer : model.layers()) {
            layer.nested().ifPresent(nested -> collectUnknown(nested, unknown));
            boolean known = layer.nested().isPresent() || layer.className().equals(KerasModel.INPUT_LAYER)
                    || KerasLayers.knows(layer.className());
            if (!known) {
                unknown.put(layer.name(), layer.className());
            }
        }
    }

    private Pretrained read() {
        KerasTensor images = images();
        KerasTensor last = run(model, weights, "", images);
        String end = new NetworkEnd(file, draft).of(last);
        Optional<ImageShape> input = images.height() == 0 || images.width() == 0
                ? Optional.empty()
                : Optional.of(new ImageShape(images.channels(), images.height(), images.width()));
        return new Pretrained(
                draft.graph(end), images.channels(), input, Optional.empty(), Optional.empty(), usual(images.channels()), Optional.empty());
    }

    private KerasTensor images() {
        KerasLayer layer = layer(model, model.input().layer());
        JsonNode shape = layer.config().get("batch_shape");
        shape = shape.isArray() ? shape : layer.config().get("batch_input_shape");
        shape = shape.isArray() ? shape : layer.config().get("build_input_shape");
        int[] extents = new int[4];
        boolean images = layer.className().equals(KerasModel.INPUT_LAYER) && shape.size() == 4;
        for (int i = 1; images && i < 4; i++) {
            images = shape.get(i).isNull() && i < 3 || shape.get(i).isInt() && shape.get(i).intValue() > 0;
            extents[i] = shape.get(i).asInt(0);
        }
        if (!images) {
            throw new InputException(file + ": its input '" + layer.name() + "' has the shape " + shape
                    + "; networks of images [batch, height, width, channels] are read");
        }
        return KerasTensor.maps(draft.input(), extents[3], extents[1], extents[2]);
    }

    /** What the images are to be before the first layer: pixel values if the model rescales them, else what its name tells. */
    private Normalisation usual(int channels) {
        if (PREPROCESSING.stream().anyMatch(this::prepares)) {
            return Normalisation.NONE;
        }
        return KerasApplication.normalisation(model.name())
                .or(() -> model.layers().stream().filter(layer -> layer.nested().isPresent())
                        .flatMap(layer -> KerasApplication.normalisation(layer.name()).stream()).findFirst())
                .filter(normalisation -> normalisation.serves(channels))
                .orElse(Normalisation.UNIT);
    }

    private boolean prepares(String className) {
        return model.layers().stream().anyMatch(layer -> layer.className().equals(className)
                || layer.nested().filter(nested -> nested.layers().stream().anyMatch(l -> l.className().equals(className))).isPresent());
    }

    private KerasLayer layer(KerasModel within, String name) {
        return within.layers().stream().filter(layer -> layer.name().equals(name)).findFirst()
                .orElseThrow(() -> new InputException(file + " names a layer '" + name + "', which it does not have"));
    }

    /**
     * @param path of the model's name, put before its layers' names; empty for the outermost
     * @param images what its input layer gives
     */
    private KerasTensor run(KerasModel within, KerasWeights own, String path, KerasTensor images) {
        Map<Reference, KerasTensor> done = new HashMap<>(Map.of(within.input(), images));
        Map<Reference, Pending> pending = pending(within);
        Map<Reference, List<Pending>> readers = readers(pending.values());
        Deque<Reference> ready = new ArrayDeque<>(done.keySet());
        pending.values().stream().filter(call -> call.missing.isEmpty()).forEach(call -> {
            throw call.layer.config().refusal("reads nothing; networks with one input are read");
        });
        while (!ready.isEmpty()) {
            Reference given = ready.poll();
            for (Pending call : readers.getOrDefault(given, List.of())) {
                if (call.missing.remove(given) && call.missing.isEmpty()) {
                    boolean reshaped = readers.getOrDefault(call.self, List.of()).stream()
                            .anyMatch(reader -> reader.layer.className().equals("Reshape"));
                    done.put(call.self, called(call, own, path, call.call.inputs().stream().map(done::get).toList(), reshaped));
                    ready.add(call.self);
                }
            }
        }
        KerasTensor output = done.get(within.output());
        if (output == null) {
            throw new InputException(file + ": its output '" + within.output().layer() + "' cannot be computed from its input '"
                    + within.input().layer() + "'. Save the model again by Keras");
        }
        return output;
    }

    /** A call that waits for what it reads. */
    private static final class Pending {

        private final KerasLayer layer;
        private final Call call;
        private final Reference self;
        private final Set<Reference> missing;

        Pending(KerasLayer layer, int number) {
            this.layer = layer;
            this.call = layer.calls().get(number);
            this.self = new Reference(layer.name(), number);
            this.missing = new LinkedHashSet<>(call.inputs());
        }
    }

    private static Map<Reference, Pending> pending(KerasModel within) {
        Map<Reference, Pending> pending = new LinkedHashMap<>();
        for (KerasLayer layer : within.layers()) {
            for (int i = 0; i < layer.calls().size() && !layer.name().equals(within.input().layer()); i++) {
                Pending call = new Pending(layer, i);
                pending.put(call.self, call);
            }
        }
        return pending;
    }

    private static Map<Reference, List<Pending>> readers(Iterable<Pending> pending) {
        Map<Reference, List<Pending>> readers = new HashMap<>();
        for (Pending call : pending) {
            call.missing.forEach(read -> readers.computeIfAbsent(read, r -> new ArrayList<>()).add(call));
        }
        return readers;
    }

    private KerasTensor called(Pending call, KerasWeights own, String path, List<KerasTensor> inputs, boolean reshaped) {
        KerasLayer layer = call.layer;
        String node = path + layer.name() + (call.self.call() == 0 ? "" : ":" + call.self.call());
        if (layer.nested().isPresent()) {
            return nested(layer, own, node + "/", inputs);
        }
        LayerWeights weightsOf = own.of(layer.name());
        if (weightsOf.number() > 0) {
            requireOneCall(layer);
        }
        return layers.read(new KerasLayers.Site(node, layer, inputs, call.call.constants(), weightsOf, reshaped));
    }

    private static void requireOneCall(KerasLayer layer) {
        if (layer.calls().size() > 1) {
            throw layer.config().refusal("is called " + layer.calls().size() + " times with the same weights; layers with weights of their own are read."
                    + " Give each call a layer of its own (a copy of the weights computes the same)");
        }
    }

    private KerasTensor nested(KerasLayer layer, KerasWeights own, String path, List<KerasTensor> inputs) {
        KerasModel inner = layer.nested().orElseThrow();
        if (inputs.size() != 1) {
            throw layer.config().refusal("is a model of " + inputs.size() + " inputs; networks with one input are read");
        }
        return run(inner, own.within(layer), path, inputs.get(0));
    }
}
