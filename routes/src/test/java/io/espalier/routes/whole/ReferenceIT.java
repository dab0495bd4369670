package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.camel.catalog.CamelCatalog;
import org.apache.camel.catalog.DefaultCamelCatalog;
import org.apache.camel.catalog.EndpointValidationResult;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What is made of option records and annotations: pages, the schema of pipelines, what Camel's tools know of {@code stage:}. */
class ReferenceIT {

    private static final Path COMMITTED = Path.of("..", "plugins", "reference");
    private static final String RENEW = "what plugins bring was changed: run plugins/renew-reference and commit what it writes";

    @TempDir
    private static Path made;

    private static JsonSchema schema;

    @BeforeAll
    static void make() throws IOException {
        espalier("plugins", "reference", made.resolve("pages").toString(), "--schema", made.resolve("schema.json").toString(),
                "--component", made.resolve("stage.json").toString()).endsWith(0);
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(new ObjectMapper().readTree(made.resolve("schema.json").toFile()));
    }

    private static Map<String, String> pages(Path folder) throws IOException {
        Map<String, String> pages = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                pages.put(folder.relativize(file).toString(), Files.readString(file));
            }
        }
        return pages;
    }

    @Test
    void thePagesOfTheReferenceAreThoseOfTheCode() throws IOException {
        Map<String, String> committed = pages(COMMITTED);
        Map<String, String> now = pages(made.resolve("pages"));
        assertThat(committed.keySet()).as(RENEW).isEqualTo(now.keySet());
        now.forEach((page, text) -> assertThat(committed.get(page)).as("%s: %s", page, RENEW).isEqualTo(text));
        assertThat(now.get("stage/threshold.md")).contains("Removes the least important basis vectors.", "| `fraction` |", "0 &lt; fraction &lt; 1", "`0.2`");
    }

    @Test
    void aPageOfAnExtensionThatIsNoMoreIsTakenAwayAndNothingElse() throws IOException {
        Path folder = Files.createDirectories(made.resolve("renewed"));
        Path gone = Files.createDirectories(folder.resolve("criterion")).resolve("gone.md");
        Files.writeString(gone, "");
        Files.writeString(folder.resolve("notes.md"), "mine");
        espalier("plugins", "reference", folder.toString()).endsWith(0);
        assertThat(gone).doesNotExist();
        assertThat(folder.resolve("notes.md")).hasContent("mine");
    }

    @Test
    void theMetadataOfTheComponentAreThoseOfTheCode() throws IOException {
        assertThat(Files.readString(Path.of("src/main/resources/META-INF/io/espalier/routes/stage.json"))).as(RENEW)
                .isEqualTo(Files.readString(made.resolve("stage.json")));
    }

    private static List<ValidationMessage> judged(String yaml) {
        Object read = new Load(LoadSettings.builder().setAllowNonScalarKeys(true).build()).loadFromString(yaml);
        JsonNode pipeline = new ObjectMapper().valueToTree(read);
        Set<ValidationMessage> messages = schema.validate(pipeline);
        return List.copyOf(messages);
    }

    static Stream<Path> shipped() throws IOException {
        try (Stream<Path> files = Files.list(Espalier.HOME.resolve("pipelines"))) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void everyShippedPipelineIsRightBySchema(Path pipeline) throws IOException {
        assertThat(judged(Files.readString(pipeline))).isEmpty();
    }

    private static String pipeline(String step) {
        return """
                - route:
                    id: one
                    from:
                      uri: direct:one
                      steps:
                        - loop:
                            constant: "3"
                            steps:
                              - to: %s
                """.formatted(step);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "'stage:fold'", "'stage:threshold?fraction=0.2&criterion=basis-taylor'", "{uri: 'stage:threshold', parameters: {fraction: 0.2, multiple: '{{m:1}}'}}",
        "{uri: 'stage:threshold?fraction=0.2', parameters: {floor: '0.1', scope: layer}}", "'stage:load?model=RAW(a&b)&data=x'", "'log:anything?level=INFO'",
        "{uri: 'log:anything', parameters: {level: INFO}}", "{uri: 'stage:threshold', parameters: {criterion: 'RAW({{c}})'}}",
        "{uri: 'stage:threshold', parameters: {criterion: 'basis-taylor?batches=3'}}"})
    void whatIsRightPasses(String step) {
        assertThat(judged(pipeline(step))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "'stage:treshold'", "'stage:threshold?fractoin=0.2'", "'stage:fold?fraction=0.2'", "{uri: 'stage:threshold', parameters: {fractoin: 0.2}}",
        "{uri: 'stage:threshold', parameters: {fraction: 1}}", "{uri: 'stage:threshold', parameters: {fraction: lots}}",
        "{uri: 'stage:threshold', parameters: {multiple: 1.5}}", "{uri: 'stage:threshold', parameters: {scope: everywhere}}",
        "{uri: 'stage:threshold', parameters: {criterion: basis-tailor}}", "{uri: 'stage:threshold', parameters: {criterion: 'basis-tailor?batches=3'}}", "{uri: 'stage:threshold', parameters: {criterion.batchs: 3}}",
        "{uri: 'stage:threshold', parameter: {fraction: 0.2}}"})
    void whatIsWrongIsFound(String step) {
        assertThat(judged(pipeline(step))).isNotEmpty();
    }

    private static CamelCatalog catalog() throws IOException {
        ClassLoader loader = ReferenceIT.class.getClassLoader();
        Properties components = new Properties();
        for (var found : java.util.Collections.list(loader.getResources("META-INF/services/org/apache/camel/component.properties"))) {
            try (InputStream in = found.openStream()) {
                Properties one = new Properties();
                one.load(in);
                components.put(one.getProperty("components"), found.toString());
            }
        }
        assertThat(components).as("as Camel's tools find components on a class path").containsKey("stage");
        try (InputStream in = loader.getResourceAsStream("META-INF/io/espalier/routes/stage.json")) {
            CamelCatalog catalog = new DefaultCamelCatalog();
            catalog.addComponent("stage", "io.espalier.routes.StageComponent", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return catalog;
        }
    }

    @Test
    void camelsCatalogKnowsTheComponentAndItsOptions() throws Exception {
        CamelCatalog catalog = catalog();
        assertThat(catalog.componentModel("stage").getEndpointParameterOptions()).extracting("name").contains("fraction", "criterion", "maxDrop", "criterionOptions");
        assertThat(catalog.endpointProperties("stage:threshold?fraction=0.3")).containsEntry("stageName", "threshold").containsEntry("fraction", "0.3");
        assertThat(catalog.asEndpointUri("stage", Map.of("stageName", "threshold", "fraction", "0.3"), false)).isEqualTo("stage:threshold?fraction=0.3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage:threshold?fraction=0.3&criterion=l1&criterion.batches=4", "stage:load?model=RAW({{model}})", "stage:fold", "stage:export?name=small&format=onnx"})
    void camelsCatalogFindsRightWhatIs(String uri) throws IOException {
        EndpointValidationResult result = catalog().validateEndpointProperties(uri, true);
        assertThat(result.isSuccess()).as(String.valueOf(result.summaryErrorMessage(true))).isTrue();
    }

    @Test
    void camelsCatalogFindsWhatIsWrong() throws IOException {
        CamelCatalog catalog = catalog();
        EndpointValidationResult misspelt = catalog.validateEndpointProperties("stage:threshold?fractoin=0.3", true);
        assertThat(misspelt.getUnknown()).containsExactly("fractoin");
        assertThat(catalog.validateEndpointProperties("stage:threshold?fraction=lots").getInvalidNumber()).containsKey("fraction");
        assertThat(catalog.validateEndpointProperties("stage:guard?retries=often").getInvalidInteger()).containsKey("retries");
        assertThat(catalog.validateEndpointProperties("stage:mine?depth=3").isSuccess()).as("the stage of a plugin").isTrue();
    }

    /** Every step of the shipped pipelines, as Camel's tools see it. */
    @ParameterizedTest
    @MethodSource("shipped")
    void camelsCatalogFindsRightEveryStageOfTheShippedPipelines(Path pipeline) throws IOException {
        CamelCatalog catalog = catalog();
        List<String> uris = Files.readAllLines(pipeline).stream().filter(line -> line.contains("stage:") && !line.strip().startsWith("#"))
                .map(line -> line.replaceAll(".*(stage:[^\"]*)\"?.*", "$1").strip()).toList();
        assertThat(uris).isNotEmpty().allSatisfy(uri -> {
            EndpointValidationResult result = catalog.validateEndpointProperties(uri, true);
            assertThat(result.isSuccess()).as(uri + " " + result.summaryErrorMessage(true)).isTrue();
        });
    }
}
