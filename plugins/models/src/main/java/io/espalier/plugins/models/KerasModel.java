package io.espalier.plugins.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What Keras says of a model: its layers and how they are called. A Sequential model is one whose layers are called one
 * after the other.
 *
 * @param name of the model
 * @param layers in Keras' order, input layers among them
 * @param input the input layer
 * @param output what the model gives
 */
record KerasModel(String name, List<KerasLayer> layers, KerasLayer.Reference input, KerasLayer.Reference output) {

    static final String INPUT_LAYER = "InputLayer";

    private static final Set<String> MODELS = Set.of("Functional", "Model", "Sequential");
    private static final String TENSOR = "__keras_tensor__";

    KerasModel {
        layers = List.copyOf(layers);
    }

    /**
     * Parses a configuration.
     *
     * @param keras3 whether version 3 wrote it
     * @throws InputException when it is no model of one input and one output, or damaged
     */
    static KerasModel parse(Path file, String json, boolean keras3) {
        JsonNode tree;
        try {
            tree = new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new InputException(file + ": its configuration is no JSON (" + e.getOriginalMessage()
                    + "). Get the file again, or save the model again by Keras", e);
        }
        return new Parser(file, keras3).model(tree);
    }

    private record Parser(Path file, boolean keras3) {

        KerasModel model(JsonNode tree) {
            String kind = tree.path("class_name").asText();
            JsonNode config = tree.path("config");
            if (!MODELS.contains(kind)) {
                throw wrong("is a model of class '" + kind + "', whose code is not in the file; read are Sequential and Functional models");
            }
            if (kind.equals("Sequential")) {
                return sequential(config);
            }
            if (!config.path("layers").isArray() || !config.has("input_layers") || !config.has("output_layers")) {
                throw wrong("is a model of class '" + kind + "' of which the file does not say how its layers are connected;"
                        + " read are Sequential and Functional models");
            }
            return functional(config);
        }

        private KerasModel functional(JsonNode config) {
            List<KerasLayer> layers = new ArrayList<>();
            for (JsonNode layer : config.path("layers")) {
                String name = layer.path("name").isTextual() ? layer.path("name").textValue() : name(layer);
                List<KerasLayer.Call> calls = new ArrayList<>();
                layer.path("inbound_nodes").forEach(node -> calls.add(call(name, node)));
                layers.add(layer(name, layer, calls));
            }
            requireNames(layers);
            Set<String> models = layers.stream().filter(layer -> layer.nested().isPresent()).map(KerasLayer::name).collect(Collectors.toSet());
            return new KerasModel(
                    config.path("name").asText("model"),
                    layers.stream().map(layer -> numbered(layer, models)).toList(),
                    only("input", config.path("input_layers")),
                    numbered(only("output", config.path("output_layers")), models));
        }

        /** In Keras 2 the first call of a model within a model has the number 1: 0 was the one that made it. */
        private KerasLayer numbered(KerasLayer layer, Set<String> models) {
            if (layer.nested().isPresent() && layer.calls().size() != 1) {
                throw wrong("calls its model '" + layer.name() + "' " + layer.calls().size() + " times; models within a model that are"
                        + " called once are read");
            }
            List<KerasLayer.Call> calls = layer.calls().stream()
                    .map(call -> new KerasLayer.Call(call.inputs().stream().map(read -> numbered(read, models)).toList(), call.constants()))
                    .toList();
            return new KerasLayer(layer.name(), layer.className(), layer.config(), calls, layer.nested());
        }

        private static KerasLayer.Reference numbered(KerasLayer.Reference reference, Set<String> models) {
            return models.contains(reference.layer()) ? new KerasLayer.Reference(reference.layer(), 0) : reference;
        }

        /** In Keras before 2.2 the configuration itself is the list of layers. */
        private KerasModel sequential(JsonNode config) {
            JsonNode list = config.isArray() ? config : config.path("layers");
            if (!list.isArray() || list.isEmpty()) {
                throw wrong("is a Sequential model without layers");
            }
            List<KerasLayer> layers = new ArrayList<>();
            if (!list.get(0).path("class_name").asText().equals(INPUT_LAYER)) {
                layers.add(impliedInput(config, list.get(0)));
            }
            for (JsonNode layer : list) {
                List<KerasLayer.Call> calls = layers.isEmpty()
                        ? List.of()
                        : List.of(new KerasLayer.Call(List.of(reference(layers.get(layers.size() - 1))), List.of()));
                layers.add(layer(name(layer), layer, calls));
            }
            requireNames(layers);
            return new KerasModel(
                    config.path("name").asText("sequential"), layers, reference(layers.get(0)), reference(layers.get(layers.size() - 1)));
        }

        /** The shape of the images is then an argument of the first layer, or was learnt from the first images. */
        private KerasLayer impliedInput(JsonNode config, JsonNode first) {
            ObjectNode shape = JsonNodeFactory.instance.objectNode();
            JsonNode given = first.path("config").path("batch_input_shape");
            shape.set("batch_shape", given.isArray() ? given : config.path("build_input_shape"));
            return new KerasLayer(
                    "input", INPUT_LAYER, new KerasConfig(file, "input", shape, keras3), List.of(), Optional.empty());
        }

        private static KerasLayer.Reference reference(KerasLayer layer) {
            return new KerasLayer.Reference(layer.name(), 0);
        }

        private String name(JsonNode layer) {
            JsonNode name = layer.path("config").path("name");
            if (!name.isTextual()) {
                throw wrong("has a layer of class '" + layer.path("class_name").asText() + "' without a name");
            }
            return name.textValue();
        }

        private KerasLayer layer(String name, JsonNode layer, List<KerasLayer.Call> calls) {
            String kind = layer.path("class_name").asText();
            return new KerasLayer(
                    name,
                    kind,
                    new KerasConfig(file, name, layer.path("config"), keras3),
                    calls,
                    MODELS.contains(kind) ? Optional.of(model(layer)) : Optional.empty());
        }

        private void requireNames(List<KerasLayer> layers) {
            Set<String> names = new HashSet<>();
            for (KerasLayer layer : layers) {
                if (layer.name().isBlank() || !names.add(layer.name())) {
                    throw wrong("has two layers named '" + layer.name() + "'");
                }
            }
        }

        /** Keras 3 writes [name, 0, 0] for one, Keras 2 [[name, 0, 0]]; a dictionary names several. */
        private KerasLayer.Reference only(String what, JsonNode ends) {
            JsonNode end = ends.path(0).isTextual() ? ends : ends.path(0);
            boolean several = ends.isObject() || ends.size() > 1 && !ends.path(0).isTextual();
            if (several || !end.path(0).isTextual()) {
                throw wrong("has " + (ends.isObject() || ends.path(0).isTextual() ? "other than one" : ends.size()) + " " + what
                        + "s; networks with one " + what + " are read");
            }
            return tensor(end);
        }

        private KerasLayer.Reference tensor(JsonNode history) {
            JsonNode call = history.path(1);
            if (!history.path(0).isTextual() || !call.isInt() || call.intValue() < 0 || !history.path(2).isInt()) {
                throw wrong("has a layer that reads " + history + ", which is no tensor of a layer");
            }
            if (history.path(2).intValue() != 0) {
                throw wrong("reads output " + history.path(2) + " of layer " + history.path(0) + "; layers with one output are known");
            }
            return new KerasLayer.Reference(history.path(0).textValue(), call.intValue());
        }

        private KerasLayer.Call call(String layer, JsonNode node) {
            List<KerasLayer.Reference> inputs = new ArrayList<>();
            List<List<Double>> constants = new ArrayList<>();
            if (node.isObject()) {
                node.path("args").forEach(argument -> collect(layer, argument, inputs, constants));
                keywords(layer, node.path("kwargs"), inputs, constants);
            } else if (node.path(0).isTextual()) {
                keras2Tensor(layer, node, inputs, constants);
            } else {
                node.forEach(tensor -> keras2Tensor(layer, tensor, inputs, constants));
            }
            return new KerasLayer.Call(inputs, constants);
        }

        private void keras2Tensor(String layer, JsonNode tensor, List<KerasLayer.Reference> inputs, List<List<Double>> constants) {
            inputs.add(tensor(tensor));
            keywords(layer, tensor.path(3), inputs, constants);
        }

        private void keywords(String layer, JsonNode keywords, List<KerasLayer.Reference> inputs, List<List<Double>> constants) {
            keywords.properties().forEach(argument -> {
                boolean silent = argument.getKey().equals("training") || argument.getKey().equals("name") || argument.getValue().isNull();
                if (argument.getKey().equals("mask") && !argument.getValue().isNull()) {
                    throw wrong("calls layer '" + layer + "' with a mask, which is not known here");
                }
                if (!silent) {
                    collect(layer, argument.getValue(), inputs, constants);
                }
            });
        }

        private void collect(String layer, JsonNode argument, List<KerasLayer.Reference> inputs, List<List<Double>> constants) {
            if (argument.path("class_name").asText().equals(TENSOR)) {
                if (!constants.isEmpty()) {
                    throw wrong("calls layer '" + layer + "' with numbers before a tensor, which is not known here");
                }
                inputs.add(tensor(argument.path("config").path("keras_history")));
            } else if (argument.isArray() && argument.path(0).isObject()) {
                argument.forEach(element -> collect(layer, element, inputs, constants));
            } else if (argument.isArray() && argument.path(0).isTextual()) {
                inputs.add(tensor(argument));
            } else if (!argument.isNull()) {
                constants.add(numbers(layer, argument));
            }
        }

        private List<Double> numbers(String layer, JsonNode argument) {
            List<Double> numbers = new ArrayList<>();
            JsonNode values = argument.isObject() ? argument.path("config").path("value") : argument;
            (values.isArray() ? values : List.of(values)).forEach(value -> {
                if (!value.isNumber() || !Float.isFinite(value.floatValue())) {
                    throw wrong("calls layer '" + layer + "' with " + (value.isMissingNode() ? argument : value)
                            + "; known are calls with tensors and numbers");
                }
                numbers.add(value.doubleValue());
            });
            return numbers;
        }

        private InputException wrong(String why) {
            return new InputException(file + " " + why);
        }
    }
}
