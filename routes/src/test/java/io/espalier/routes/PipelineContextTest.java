package io.espalier.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.routes.FakeStages.Call;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Pipelines through Camel itself. */
class PipelineContextTest {

    private final FakeStages stages = new FakeStages();

    private PipelineContext.Outcome run(String steps, Map<String, String> parameters) {
        PipelineSource source = PipelineSource.kept("p", "- route:\n    id: p\n    from:\n      uri: direct:p\n      steps:\n" + steps.indent(8));
        Pipeline pipeline = PipelineCheck.check(source, parameters, stages);
        try (PipelineContext context = PipelineContext.open(pipeline, stages, stages)) {
            assertThat(stages.calls()).as("nothing runs before it is told to").isEmpty();
            return context.run();
        }
    }

    private PipelineContext.Outcome run(String steps) {
        return run(steps, Map.of());
    }

    @Test
    void theCandidateGoesFromStageToStage() {
        PipelineContext.Outcome outcome = run("- to: stage:load\n- to: stage:decompose\n- to: stage:fold");
        assertThat(outcome.candidate().lineage()).extracting("stage").containsExactly("load", "decompose", "fold");
        assertThat(stages.calls()).extracting(Call::lineage).containsExactly(0, 1, 2);
        assertThat(stages.calls()).extracting(Call::place).containsExactly("p.camel.yaml:6:15", "p.camel.yaml:7:15", "p.camel.yaml:8:15");
    }

    @Test
    void optionsArriveAsTheCheckReadThem() {
        String nasty = "/a b/c+d&e%41=f#g/h.zip";
        String steps = """
                - to: "stage:load?model=RAW({{model}})&head=new&size={{size:32x32}}&target={{?target}}&data=/some/where"
                - to:
                    uri: stage:note
                    parameters:
                      path: RAW({{model}})
                      criterion.batches: 8
                      plain: "a=b c"
                      left: "{{?target}}"
                      kebab-case: "x:y"
                """;
        run(steps, Map.of("model", nasty));
        PipelineSource source = PipelineSource.kept("p", "- route:\n    id: p\n    from:\n      uri: direct:p\n      steps:\n" + steps.indent(8));
        Pipeline checked = PipelineCheck.check(source, Map.of("model", nasty), stages);
        assertThat(stages.calls()).extracting(Call::options)
                .containsExactlyElementsOf(checked.stages().stream().map(stage -> stage.options().asText()).toList());
        assertThat(stages.calls().get(0).options())
                .isEqualTo(Map.of("model", nasty, "head", "new", "size", "32x32", "data", "/some/where"));
        assertThat(stages.calls().get(1).options())
                .isEqualTo(Map.of("path", nasty, "criterion.batches", "8", "plain", "a=b c", "kebabCase", "x:y"));
    }

    @Test
    void placeholdersDoNotReadTheEnvironmentOrSystemProperties() {
        assertThat(System.getenv("PATH")).isNotEmpty();
        System.setProperty("trap", "sprung");
        run("- to: \"stage:note?a={{path:none}}&b={{PATH:none}}&c={{trap:none}}&d={{given:none}}\"", Map.of("given", "yes"));
        assertThat(stages.calls().get(0).options()).isEqualTo(Map.of("a", "none", "b", "none", "c", "none", "d", "yes"));
    }

    @Test
    void aLoopRunsUntilAStageSaysDone() {
        AtomicInteger rounds = new AtomicInteger();
        stages.when("guard", call -> Map.of("pruning", rounds.incrementAndGet() == 3 ? "done" : "continue"));
        run("""
                - to: stage:load
                - loop:
                    doWhile: true
                    simple: "${variable.pruning} != 'done'"
                    steps:
                      - to: stage:evaluate
                      - to: stage:guard
                - to: stage:note
                """);
        assertThat(stages.called()).containsExactly("load", "evaluate", "guard", "evaluate", "guard", "evaluate", "guard", "note");
    }

    @Test
    void aLoopCanCountWithAPlaceholder() {
        run("- to: stage:load\n- loop:\n    constant: \"{{rounds:2}}\"\n    steps:\n      - to: stage:note", Map.of("rounds", "3"));
        assertThat(stages.called()).containsExactly("load", "note", "note", "note");
    }

    @Test
    void aChoiceReadsTheMetrics() {
        stages.when("evaluate", call -> Map.of("accuracy", 0.93));
        run("""
                - to: stage:load
                - to: stage:evaluate
                - choice:
                    when:
                      - simple: "${variable.accuracy} > 0.9"
                        steps:
                          - to: "stage:note?way=high"
                    otherwise:
                      steps:
                        - to: "stage:note?way=low"
                """);
        assertThat(stages.calls().get(2).options()).isEqualTo(Map.of("way", "high"));
    }

    @Test
    void theBestBranchGoesOnAndAllAreListed() {
        stages.when("evaluate", call -> Map.of("accuracy", call.lineage() == 2 ? 0.9 : 0.8, "loss", 0.1));
        PipelineContext.Outcome outcome = run("""
                - to: stage:load
                - multicast:
                    aggregationStrategy: best
                    steps:
                      - pipeline:
                          steps:
                            - setVariable:
                                name: branch
                                constant: long
                            - to: stage:note
                            - to: stage:note
                            - to: stage:evaluate
                      - pipeline:
                          steps:
                            - to: "stage:note?which=two"
                            - to: stage:evaluate
                      - pipeline:
                          steps:
                            - to: "stage:note?which=three"
                            - to: stage:evaluate
                - to: stage:fold
                """);
        assertThat(outcome.candidate().lineage()).extracting("stage").containsExactly("load", "note", "evaluate", "fold");
        assertThat(outcome.candidate().lineage().get(1).options()).as("the first of equals").isEqualTo(Map.of("which", "two"));
        assertThat(outcome.variables().get("accuracy")).isEqualTo(0.9);
        assertThat(outcome.variables().get("branches")).isEqualTo(List.of(
                Map.of("name", "long", "accuracy", 0.8, "loss", 0.1),
                Map.of("name", "2", "accuracy", 0.9, "loss", 0.1),
                Map.of("name", "3", "accuracy", 0.9, "loss", 0.1)));
        assertThat(stages.calls()).extracting(Call::branch).as("load and fold are in no branch")
                .containsExactly("", "long", "long", "long", "2", "2", "3", "3", "");
    }

    @Test
    void aBranchThatFailsEndsTheRun() {
        stages.when("guard", call -> {
            throw new RunFailedException("the loss is not a number");
        });
        assertThatThrownBy(() -> run("""
                - to: stage:load
                - to: stage:evaluate
                - multicast:
                    aggregationStrategy: best
                    stopOnException: true
                    steps:
                      - to: stage:guard
                      - to: stage:note
                - to: stage:fold
                """)).isInstanceOf(RunFailedException.class).hasMessage("the loss is not a number");
        assertThat(stages.called()).containsExactly("load", "evaluate", "guard");
    }

    @Test
    void aFailureCanBeCaughtAndTheCandidateBeforeItGoesOn() {
        stages.when("fold", call -> {
            throw new RunFailedException("no");
        });
        PipelineContext.Outcome outcome = run("""
                - to: stage:load
                - doTry:
                    steps:
                      - to: stage:fold
                    doCatch:
                      - exception: [io.espalier.api.RunFailedException]
                        steps:
                          - to: stage:note
                - to: stage:evaluate
                """);
        assertThat(outcome.candidate().lineage()).extracting("stage").containsExactly("load", "note", "evaluate");
    }

    @Test
    void aBodyThatIsNoNetworkIsRefusedByPlace() {
        assertThatThrownBy(() -> run("- setBody:\n    constant: hello\n- to: stage:note"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("p.camel.yaml:8:15  stage:note got a String instead of a network");
    }

    @Test
    void aStepThatCamelDoesNotKnowIsRefusedWithItsLine() {
        assertThatThrownBy(() -> run("- to: stage:load\n- tow: stage:fold"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("Unknown node id: tow")
                .hasMessageContaining("line 7, column 11");
        assertThat(stages.calls()).isEmpty();
    }

    @Test
    void anExpressionThatCamelCannotReadIsRefusedBeforeAnythingRuns() {
        assertThatThrownBy(() -> run("- to: stage:load\n- filter:\n    simple: \"${variable.x != \"\n    steps:\n      - to: stage:fold"))
                .isInstanceOf(InputException.class).hasMessageContaining("expected symbol functionEnd");
        assertThat(stages.calls()).isEmpty();
    }
}
