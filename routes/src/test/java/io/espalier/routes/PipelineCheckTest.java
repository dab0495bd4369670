package io.espalier.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.espalier.api.InputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipelineCheckTest {

    private static final String HEAD = """
            - route:
                id: p
                from:
                  uri: direct:p
                  steps:
            """;

    private final FakeStages stages = new FakeStages();

    /** Steps are written from column 1 and begin on line 6. */
    private static PipelineSource pipeline(String steps) {
        return PipelineSource.kept("p", HEAD + steps.indent(8));
    }

    private Pipeline check(String steps, Map<String, String> parameters) {
        return PipelineCheck.check(pipeline(steps), parameters, stages);
    }

    private List<String> problems(String steps, Map<String, String> parameters) {
        PipelineException refusal = catchThrowableOfType(PipelineException.class, () -> check(steps, parameters));
        assertThat(refusal).as("the pipeline is refused").isNotNull();
        return refusal.getMessage().lines().toList();
    }

    private List<String> problems(String steps) {
        return problems(steps, Map.of());
    }

    @Test
    void aMisspeltOptionIsNamedWithFileLineAndColumn() {
        assertThat(problems("""
                - to: "stage:load?model=x"
                - to: "stage:decompose"
                - to: "stage:threshold?fractoin=0.2"
                """)).containsExactly(
                "p.camel.yaml:8:15  stage:threshold has no option 'fractoin'", "    it has [costExponent, criterion, floor, fraction, multiple, of, scope, whenEmpty]");
    }

    @Test
    void aValueOutOfRangeIsNamedWithItsStage() {
        assertThat(problems("- to: stage:load\n- to: stage:decompose\n- to: \"stage:threshold?fraction={{fraction:0.2}}\"", Map.of("fraction", "2")))
                .containsExactly("p.camel.yaml:8:15  stage:threshold  fraction=2 is out of range: 0 < fraction < 1");
    }

    @Test
    void aMisspeltParameterIsNamedAtItsOwnPlace() {
        assertThat(problems("""
                - to: "stage:load?model=x"
                - to:
                    uri: stage:decompose
                    parameters:
                      method: basis
                      bassis: kernel
                """)).first().isEqualTo("p.camel.yaml:11:15  stage:decompose has no option 'bassis'");
    }

    @Test
    void everyProblemIsNamedAtOnceInOrderOfPlace() {
        assertThat(problems("""
                - to: "stage:lod"
                - to: "stage:decompose?a=1&b=2"
                - to: "stage:guard?target={{aim}}"
                """, Map.of("tragets", "1"))).filteredOn(line -> !line.startsWith(" ")).containsExactly(
                "-p tragets  p.camel.yaml has no parameter 'tragets'",
                "p.camel.yaml:6:15  there is no stage 'lod'",
                "p.camel.yaml:7:15  stage:decompose has no option 'a'",
                "p.camel.yaml:7:15  stage:decompose has no option 'b'",
                "p.camel.yaml:8:15  {{aim}} has no value and no default");
    }

    @Test
    void aParameterThatNoPlaceholderUsesIsRefusedWithTheNearestName() {
        assertThat(problems("- to: \"stage:load?model=RAW({{model:x}})\"", Map.of("modle", "y"))).containsExactly(
                "-p modle  p.camel.yaml has no parameter 'modle'; did you mean 'model'?", "    its parameters are model");
    }

    @Test
    void aPlaceholderWithoutValueIsRefusedWithTheOptionThatSetsIt() {
        assertThat(problems("- to: \"stage:load?model=RAW({{model}})\"")).containsExactly(
                "p.camel.yaml:6:15  {{model}} has no value and no default", "    give -p model=…, or write {{model:default}}");
    }

    @Test
    void aPlaceholderThatReadsTheEnvironmentIsRefused() {
        assertThat(problems("- to: \"stage:load?model={{env:HOME}}\"")).first().asString()
                .contains("6:15  {{env…}} reads from outside the pipeline");
    }

    @Test
    void aPlaceholderWithoutQuotesIsRefusedWithTheQuotes() {
        assertThat(problems("""
                - to:
                    uri: stage:load
                    parameters:
                      model: {{model}}
                """)).contains("    write model: \"{{…}}\"");
    }

    @Test
    void aNestedMapIsRefusedWithTheDottedName() {
        assertThat(problems("""
                - to:
                    uri: stage:load
                    parameters:
                      criterion:
                        batches: 3
                """)).anyMatch(line -> line.contains("criterion.option: value"));
    }

    @Test
    void aValueThatWouldArriveChangedIsRefusedWithRaw() {
        assertThat(problems("- to: \"stage:load?model={{model}}\"", Map.of("model", "a b/c+d"))).containsExactly(
                "p.camel.yaml:6:15  the value 'a b/c+d' of -p model would arrive changed, for its + & % or #",
                "    write model=RAW({{model}}) in the pipeline");
    }

    @Test
    void yamlThatDoesNotParseIsRefusedWithLineAndColumn() {
        assertThat(problems("- to: \"stage:load").get(0)).startsWith("p.camel.yaml:7:1  this is no YAML: ");
        assertThatThrownBy(() -> PipelineCheck.check(PipelineSource.kept("p", ""), Map.of(), stages))
                .hasMessageContaining("p.camel.yaml:1:1  the file is empty");
        assertThatThrownBy(() -> PipelineCheck.check(PipelineSource.kept("p", "\t- a: [b"), Map.of(), stages))
                .isInstanceOf(InputException.class).hasMessageStartingWith("p.camel.yaml:1:1  this is no YAML");
    }

    @Test
    void aKeyWrittenTwiceIsRefused() {
        assertThat(problems("""
                - to:
                    uri: stage:load
                    parameters:
                      model: a
                      model: b
                """)).contains("p.camel.yaml:10:15  'model' stands twice in one map");
        assertThat(problems("- to: \"stage:load?a=1&a=2\"")).contains("p.camel.yaml:6:15  stage:load is given 'a' twice");
    }

    @Test
    void theRouteToStartIsCalledAsTheFile() {
        assertThatThrownBy(() -> PipelineCheck.check(PipelineSource.kept("q", pipeline("- to: stage:load").text()), Map.of(), stages))
                .hasMessage("q.camel.yaml:1:1  no route has the id 'q', the file's name\n    the ids are p; rename the file or the route to start");
    }

    @Test
    void aRouteThatStartsByItselfIsRefused() {
        String text = pipeline("- to: stage:load").text().replace("direct:p", "timer:p");
        assertThatThrownBy(() -> PipelineCheck.check(PipelineSource.kept("p", text), Map.of(), stages)).hasMessageContaining("begin it from direct:p");
    }

    @Test
    void stagesAreReachedByToAlone() {
        assertThat(problems("""
                - toD: "stage:${variable.x}"
                - wireTap:
                    uri: stage:load
                """)).filteredOn(line -> line.contains("cannot send to a stage")).hasSize(2);
    }

    @Test
    void branchesAtTheSameTimeAreRefused() {
        assertThat(problems("""
                - multicast:
                    parallelProcessing: true
                    steps:
                      - to: stage:load
                """)).first().asString().startsWith("p.camel.yaml:6:11  parallelProcessing cannot be had");
    }

    @Test
    void theOriginOfEveryValueIsKnown() {
        Pipeline pipeline = check("- to: \"stage:load?model=RAW({{model:x}})&size={{size:32}}&head=new\"", Map.of("model", "a b+c&d=e"));
        Pipeline.CheckedStage load = pipeline.stages().get(0);
        assertThat(load.options().asText()).containsEntry("model", "a b+c&d=e").containsEntry("size", "32");
        assertThat(load.origin("model")).isEqualTo("-p model");
        assertThat(load.origin("size")).isEqualTo("pipeline file, default of {{size}}");
        assertThat(load.origin("head")).isEqualTo("pipeline file");
        assertThat(load.origin("other")).isEqualTo("default of the stage");
    }

    @Test
    void anOptionalPlaceholderLeavesItsOptionOut() {
        String steps = "- to: \"stage:load?train={{?train}}&head=new\"";
        assertThat(check(steps, Map.of()).stages().get(0).options().asText()).containsOnlyKeys("head");
        assertThat(check(steps, Map.of("train", "5")).stages().get(0).options().asText()).containsEntry("train", "5");
    }
}
