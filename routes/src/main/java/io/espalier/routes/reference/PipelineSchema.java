package io.espalier.routes.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.espalier.api.Stage;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.Range;
import io.espalier.routes.Binder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The JSON schema of pipelines: Camel's own of its YAML, with the stages at hand and their options in its steps {@code to}. It
 * says what an editor can: names of stages and options, kinds of values, ranges and choices, in {@code uri} and
 * {@code parameters}. Placeholders pass as any value. {@code validate} says the rest.
 *
 * @param binder the extensions
 */
public record PipelineSchema(Binder binder) {

    private static final String CAMELS = "/schema/camelYamlDsl.json";
    private static final String TO = "org.apache.camel.model.ToDefinition";
    private static final String HERE = "#/items/definitions/";
    private static final String URI = "io.espalier.address";
    private static final String PLACEHOLDER = "\\{\\{.*\\}\\}|^RAW\\(.*\\)$";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** The schema. */
    public JsonNode schema() {
        ObjectNode schema = camels();
        ObjectNode definitions = (ObjectNode) schema.at("/items/definitions");
        List<Extension> stages = binder.all(Stage.class);
        definitions.set(URI, address(stages));
        stages.forEach(stage -> definitions.set(definition(stage), parameters(stage)));
        ObjectNode to = (ObjectNode) definitions.get(TO);
        weave(to, stages);
        schema.put("title", "A pipeline of Espalier");
        return schema;
    }

    private static ObjectNode camels() {
        try (InputStream in = PipelineSchema.class.getResourceAsStream(CAMELS)) {
            return (ObjectNode) new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("Camel's own schema of its YAML cannot be read", e);
        }
    }

    private static String definition(Extension stage) {
        return "io.espalier.stage." + stage.name();
    }

    private static ObjectNode reference(String definition) {
        return JSON.objectNode().put("$ref", HERE + definition);
    }

    private static void weave(ObjectNode to, List<Extension> stages) {
        for (JsonNode form : to.get("oneOf")) {
            if (form.path("type").asText().equals("string")) {
                ((ObjectNode) form).set("allOf", JSON.arrayNode().add(reference(URI)));
            } else {
                ((ObjectNode) form.at("/properties/uri")).set("allOf", JSON.arrayNode().add(reference(URI)));
            }
        }
        ArrayNode all = to.putArray("allOf");
        stages.forEach(stage -> all.add(ofStage(stage)));
    }

    /** Draft 4 knows no "if": either it is another stage, or its parameters are right. */
    private static ObjectNode ofStage(Extension stage) {
        ObjectNode isStage = JSON.objectNode();
        isStage.putObject("properties").putObject("uri").put("pattern", "^stage:" + stage.name() + "(\\?|$)");
        isStage.putArray("required").add("uri");
        ObjectNode right = JSON.objectNode();
        right.putObject("properties").set("parameters", reference(definition(stage)));
        ObjectNode either = JSON.objectNode();
        either.putArray("anyOf").add(JSON.objectNode().set("not", isStage)).add(right);
        return either;
    }

    /** What stands behind {@code uri}, or alone behind {@code to}. */
    private ObjectNode address(List<Extension> stages) {
        ObjectNode address = JSON.objectNode();
        ArrayNode forms = address.putArray("anyOf");
        ArrayNode names = forms.addObject().putArray("enum");
        stages.forEach(stage -> names.add("stage:" + stage.name()));
        stages.forEach(stage -> forms.addObject().put("pattern", query(stage)));
        forms.addObject().putObject("not").put("pattern", "^stage:");
        return address;
    }

    private String query(Extension stage) {
        String options = options(stage).keySet().stream().map(PipelineSchema::literally).collect(Collectors.joining("|"));
        String one = "(" + options + ")=(RAW\\([^)]*\\)|[^&]*)";
        return "^stage:" + stage.name() + (options.isEmpty() ? "$" : "(\\?" + one + "(&" + one + ")*)?$");
    }

    private static String literally(String name) {
        return name.replace(".", "\\.");
    }

    private ObjectNode parameters(Extension stage) {
        ObjectNode parameters = JSON.objectNode().put("type", "object").put("title", "stage:" + stage.name()).put("description", stage.doc());
        parameters.put("additionalProperties", false);
        ObjectNode properties = parameters.putObject("properties");
        options(stage).forEach((name, option) -> properties.set(name, property(option)));
        return parameters;
    }

    /** Options of a stage, and those of every extension that one of them may choose, by name. */
    private Map<String, OptionDescription> options(Extension stage) {
        Map<String, OptionDescription> options = new TreeMap<>();
        for (OptionDescription option : own(stage)) {
            options.put(option.name(), option);
            option.shape().point().ifPresent(point -> binder.all(point).forEach(chosen ->
                    own(chosen).forEach(nested -> options.merge(option.name() + "." + nested.name(), nested, PipelineSchema::either))));
        }
        return options;
    }

    private List<OptionDescription> own(Extension extension) {
        return binder.describe(extension).stream().filter(option -> !option.isNested()).toList();
    }

    /** An option that two extensions have, each its own way: which of them is chosen a schema does not know. */
    private static OptionDescription either(OptionDescription one, OptionDescription other) {
        return one.shape().equals(other.shape()) ? one : anyText(one);
    }

    private static OptionDescription anyText(OptionDescription option) {
        OptionDescription.Shape shape = option.shape();
        return new OptionDescription(option.name(), "text", option.doc(), Optional.empty(), false, "",
                new OptionDescription.Shape(OptionDescription.Kind.TEXT, false, List.of(), Optional.empty(), shape.range()));
    }

    private ObjectNode property(OptionDescription option) {
        ObjectNode property = JSON.objectNode();
        property.put("description", option.doc() + (option.range().isEmpty() ? "" : "; " + option.range()));
        option.defaultValue().filter(value -> !value.isEmpty()).ifPresent(value -> property.put("default", value));
        ArrayNode forms = property.putArray("anyOf");
        if (option.shape().list()) {
            forms.addObject().putArray("type").add("string").add("number");
        } else {
            values(option, forms);
            forms.addObject().put("type", "string").put("pattern", PLACEHOLDER);
        }
        return property;
    }

    private void values(OptionDescription option, ArrayNode forms) {
        OptionDescription.Shape shape = option.shape();
        switch (shape.kind()) {
            case WHOLE -> {
                forms.add(number("integer", option));
                forms.addObject().put("type", "string").put("pattern", "^ *[+-]?[0-9]+ *$");
            }
            case DECIMAL -> {
                forms.add(number("number", option));
                forms.addObject().put("type", "string").put("pattern", "^ *[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)? *$");
            }
            case TRUTH -> {
                forms.addObject().put("type", "boolean");
                forms.addObject().putArray("enum").add("true").add("false");
            }
            case CHOICE -> words(shape.words(), forms);
            case EXTENSION -> {
                List<String> names = binder.all(shape.point().orElseThrow()).stream().map(Extension::name).toList();
                words(names, forms);
                // Its options may stand behind its name.
                forms.addObject().put("type", "string").put("pattern", "^(" + String.join("|", names) + ")\\?.");
            }
            case TEXT, SOURCE -> forms.addObject().putArray("type").add("string").add("number").add("boolean");
        }
        if (!option.required() && option.defaultValue().isEmpty()) {
            forms.addObject().putArray("enum").add("");
        }
    }

    private static void words(List<String> words, ArrayNode forms) {
        ArrayNode allowed = forms.addObject().putArray("enum");
        words.forEach(allowed::add);
    }

    private static ObjectNode number(String type, OptionDescription option) {
        ObjectNode number = JSON.objectNode().put("type", type);
        Range range = option.shape().range();
        if (range.hasLowest()) {
            number.put("minimum", range.lowest()).put("exclusiveMinimum", !range.lowestAllowed());
        }
        if (range.hasHighest()) {
            number.put("maximum", range.highest()).put("exclusiveMaximum", !range.highestAllowed());
        }
        return number;
    }
}
