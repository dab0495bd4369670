package io.espalier.routes.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.espalier.api.Stage;
import io.espalier.catalog.CoreVersion;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.routes.Binder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What Camel's catalog and the tools built on it know of {@code stage:}. Camel has one list of options a component, so the options
 * of all stages stand in it together, each with the stages that have it; options of other plugins' stages pass as lenient ones.
 *
 * @param binder the extensions
 */
public record ComponentMetadata(Binder binder) {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Not "name", which is an option of a stage. */
    private static final String PATH = "stageName";

    /** As camel-package-maven-plugin writes it for components whose options are fields. */
    public JsonNode component() {
        ObjectNode whole = JSON.objectNode();
        whole.set("component", about());
        whole.putObject("componentProperties");
        ObjectNode properties = whole.putObject("properties");
        properties.set(PATH, path());
        options().forEach((name, uses) -> properties.set(name, parameter(properties.size(), uses)));
        prefixes().forEach((name, use) -> properties.set(name + "Options", nested(properties.size(), name, use)));
        return whole;
    }

    private static ObjectNode about() {
        return JSON.objectNode()
                .put("kind", "component")
                .put("name", "stage")
                .put("title", "Stage")
                .put("description", "Sends a candidate (a network, its data and what is known of them) through a stage of Espalier.")
                .put("deprecated", false)
                .put("firstVersion", CoreVersion.read())
                .put("label", "ai,transformation")
                .put("javaType", "io.espalier.routes.StageComponent")
                .put("supportLevel", "Preview")
                .put("groupId", "io.espalier")
                .put("artifactId", "espalier-routes")
                .put("version", CoreVersion.read())
                .put("scheme", "stage")
                .put("extendsScheme", "")
                .put("syntax", "stage:" + PATH)
                .put("async", false)
                .put("api", false)
                .put("consumerOnly", false)
                .put("producerOnly", true)
                .put("lenientProperties", true)
                .put("browsable", false)
                .put("remote", false);
    }

    /** No enumeration: stages of other plugins would be refused. */
    private ObjectNode path() {
        String names = binder.all(Stage.class).stream().map(Extension::name).collect(Collectors.joining(", "));
        return option(0, "path", PATH, "common", true, "string", "java.lang.String", "Name of the stage: " + names + ", or one of a plugin of yours.");
    }

    /** An option, as stages have it that share its name. */
    private record Use(Extension stage, OptionDescription option) {}

    private Map<String, List<Use>> options() {
        return binder.all(Stage.class).stream()
                .flatMap(stage -> binder.describe(stage).stream().filter(option -> !option.isNested()).map(option -> new Use(stage, option)))
                .collect(Collectors.groupingBy(use -> use.option().name(), TreeMap::new, Collectors.toList()));
    }

    private Map<String, Use> prefixes() {
        Map<String, Use> prefixes = new LinkedHashMap<>();
        options().forEach((name, uses) -> uses.stream().filter(use -> use.option().shape().point().isPresent()).findFirst()
                .ifPresent(use -> prefixes.put(name, use)));
        return prefixes;
    }

    private ObjectNode parameter(int index, List<Use> uses) {
        OptionDescription.Shape shape = uses.get(0).option().shape();
        boolean same = uses.stream().allMatch(use -> use.option().shape().equals(shape));
        String description = uses.stream()
                .collect(Collectors.groupingBy(use -> use.option().doc(), LinkedHashMap::new, Collectors.mapping(use -> use.stage().name(), Collectors.joining(", "))))
                .entrySet().stream().map(entry -> entry.getValue() + ": " + entry.getKey()).collect(Collectors.joining("; "));
        ObjectNode node = option(
                index, "parameter", uses.get(0).option().name(), "producer", false, same ? type(shape) : "string", same ? javaType(shape) : "java.lang.String", description);
        if (same && type(shape).equals("enum")) {
            ArrayNode words = node.putArray("enum");
            shape.words().forEach(words::add);
        }
        Optional<String> standard = uses.get(0).option().defaultValue();
        boolean sameDefault = uses.stream().allMatch(use -> use.option().defaultValue().equals(standard));
        standard.filter(value -> sameDefault && !value.isEmpty()).ifPresent(value -> node.put("defaultValue", value));
        return node;
    }

    private static ObjectNode nested(int index, String name, Use use) {
        return option(index, "parameter", name + "Options", "producer", false, "object", "java.util.Map<java.lang.String, java.lang.Object>",
                "Options of the " + use.option().type() + " that " + name + " chooses, each written " + name + ".OPTION.")
                .put("prefix", name + ".").put("multiValue", true);
    }

    private static ObjectNode option(
            int index, String kind, String name, String group, boolean required, String type, String javaType, String description) {
        return JSON.objectNode()
                .put("index", index)
                .put("kind", kind)
                .put("displayName", displayName(name))
                .put("group", group)
                .put("label", group.equals("common") ? "" : group)
                .put("required", required)
                .put("type", type)
                .put("javaType", javaType)
                .put("deprecated", false)
                .put("autowired", false)
                .put("secret", false)
                .put("description", description);
    }

    private static String displayName(String name) {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1).replaceAll("([A-Z])", " $1");
    }

    private static String type(OptionDescription.Shape shape) {
        return shape.list() ? "string" : switch (shape.kind()) {
            case WHOLE -> "integer";
            case DECIMAL -> "number";
            case TRUTH -> "boolean";
            case CHOICE -> "enum";
            case TEXT, SOURCE, EXTENSION -> "string";
        };
    }

    private static String javaType(OptionDescription.Shape shape) {
        return switch (type(shape)) {
            case "integer" -> "long";
            case "number" -> "double";
            case "boolean" -> "boolean";
            default -> "java.lang.String";
        };
    }
}
