package io.espalier.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.espalier.api.Flow;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlowCheckTest {

    private static PipelineException refusal(String text) {
        return catchThrowableOfType(
                PipelineException.class, () -> PipelineCheck.check(PipelineSource.kept("p", text), Map.of(), new FakeStages()));
    }

    private static List<String> problems(String text) {
        PipelineException refusal = refusal(text);
        return refusal == null ? List.of() : refusal.problems().stream().map(problem -> problem.toString().lines().findFirst().orElseThrow()).toList();
    }

    private static List<String> problemsOf(String steps) {
        return problems(route(steps));
    }

    private static String route(String steps) {
        return "- route:\n    id: p\n    from:\n      uri: direct:p\n      steps:\n" + steps.indent(8);
    }

    @Test
    void thresholdBeforeDecomposeIsRefusedWithTheStagesThatMend() {
        PipelineException refusal = refusal(route("""
                - to: stage:load
                - to: "stage:threshold?fraction=0.2"
                - to: stage:decompose
                """));
        assertThat(refusal).hasMessageContaining(
                "p.camel.yaml:7:15  stage:threshold needs a decomposed network\n    put stage:decompose or stage:double-prune before it, on every way that leads to it");
    }

    /** Stages of somebody else's, who knows of no factors but those of basis vectors. */
    @Test
    void whoDecomposesNeedNotSayThatThereAreFactors() {
        @Flow(gives = "decomposed", takes = "plain")
        class Decomposes {}

        @Flow(gives = "plain", takes = "decomposed")
        class Folds {}

        Facts decomposed = Facts.NONE.with("plain").after(Decomposes.class.getAnnotation(Flow.class));
        assertThat(decomposed.hold("factors")).isTrue();
        assertThat(decomposed.after(Folds.class.getAnnotation(Flow.class)).hold("factors")).isFalse();
    }

    @Test
    void factorsAreThereAfterWhateverDecomposesOrScalesAndGoneAfterFolding() {
        assertThat(problemsOf("""
                - to: stage:load
                - to: stage:decompose
                - to: stage:train-scalings
                - to: stage:fold
                - to: stage:insert-scalings
                - to: stage:train-scalings
                - to: stage:fold
                - to: stage:train-scalings
                """)).containsExactly("p.camel.yaml:13:15  stage:train-scalings needs a network with scaling factors");
    }

    @Test
    void aPipelineThatBeginsWithoutANetworkIsRefused() {
        assertThat(problemsOf("- to: stage:evaluate")).containsExactly("p.camel.yaml:6:15  stage:evaluate needs a network");
    }

    @Test
    void aLoopIsCheckedAsItsSecondRoundFindsThings() {
        assertThat(problemsOf("""
                - to: stage:load
                - to: stage:decompose
                - loop:
                    constant: 2
                    steps:
                      - to: stage:threshold
                      - to: stage:fold
                """)).containsExactly("p.camel.yaml:11:21  stage:threshold needs a decomposed network");
    }

    @Test
    void whatEndsTheLoopAndIsFilteredByThatIsFoundByTheNextRound() {
        String loop = """
                - to: stage:load
                - to: stage:decompose
                - to: stage:evaluate
                - loop:
                    doWhile: true
                    simple: "${variable.pruning} != 'done'"
                    steps:
                      - to: stage:guard
                      - to: stage:threshold
                      - filter:
                          %s
                          steps:
                            - to: stage:evaluate
                %s
                """;
        String same = "simple: \"${variable.pruning} != 'done' \"";
        assertThat(problemsOf(loop.formatted(same, ""))).isEmpty();
        assertThat(problemsOf(loop.formatted("expression:\n            simple:\n              expression: \"${variable.pruning} != 'done'\"", ""))).isEmpty();
        assertThat(problemsOf(loop.formatted("simple: \"${variable.pruning} != 'again'\"", ""))).as("another condition").hasSize(1);
        assertThat(problemsOf(loop.formatted(same, "- to: stage:guard"))).as("after the loop, which the filter may have ended")
                .containsExactly("p.camel.yaml:19:15  stage:guard needs a network that was just evaluated");
        assertThat(problemsOf(loop.formatted(same, "      - to: stage:threshold"))).as("not the last step of the round").hasSize(1);
    }

    @Test
    void whatALoopGivesHoldsOnlyIfItSurelyRuns() {
        String loop = """
                - to: stage:load
                - loop:
                    %s
                    steps:
                      - to: stage:evaluate
                - to: stage:guard
                """;
        assertThat(problemsOf(loop.formatted("constant: 1"))).isEmpty();
        assertThat(problemsOf(loop.formatted("constant: \"{{rounds:1}}\""))).isEmpty();
        assertThat(problemsOf(loop.formatted("constant: 0"))).hasSize(1);
        assertThat(problemsOf(loop.formatted("doWhile: true\n    simple: \"${variable.x} == 1\""))).singleElement().asString().contains("stage:guard needs");
    }

    @Test
    void afterAChoiceOnlyWhatEveryWayGivesHolds() {
        String choice = """
                - to: stage:load
                - choice:
                    when:
                      - simple: "${variable.accuracy} > 0.5"
                        steps:
                          - to: stage:decompose
                %s
                - to: stage:threshold
                """;
        assertThat(problemsOf(choice.formatted(""))).hasSize(1);
        assertThat(problemsOf(choice.formatted("    otherwise:\n      steps:\n        - to: stage:decompose"))).isEmpty();
        assertThat(problemsOf(choice.formatted("    otherwise:\n      steps:\n        - stop: {}"))).as("the other way ends").isEmpty();
    }

    @Test
    void whatAFilterGivesDoesNotHoldAfterIt() {
        assertThat(problemsOf("""
                - to: stage:load
                - filter:
                    simple: "${variable.x} == 1"
                    steps:
                      - to: stage:decompose
                      - to: stage:threshold
                - to: stage:threshold
                """)).containsExactly("p.camel.yaml:12:15  stage:threshold needs a decomposed network");
    }

    @Test
    void everyBranchOfAMulticastBeginsFromTheSameCandidate() {
        assertThat(problemsOf("""
                - to: stage:load
                - multicast:
                    aggregationStrategy: best
                    steps:
                      - to: stage:decompose
                      - to: stage:decompose
                      - to: stage:evaluate
                - to: stage:threshold
                """)).as("both may decompose, and one branch leaves a plain network").containsExactly("p.camel.yaml:13:15  stage:threshold needs a decomposed network");
    }

    @Test
    void aCatchBeginsWithWhatAnyStageOfTheTryCouldLeave() {
        String attempt = """
                - to: stage:load
                - to: stage:decompose
                - doTry:
                    steps:
                      - to: stage:train-scalings
                      - to: stage:fold
                      - to: stage:evaluate
                    doCatch:
                      - exception: [java.lang.RuntimeException]
                        steps:
                          - to: stage:%s
                """;
        assertThat(problemsOf(attempt.formatted("evaluate"))).isEmpty();
        assertThat(problemsOf(attempt.formatted("threshold"))).containsExactly("p.camel.yaml:16:25  stage:threshold needs a decomposed network");
    }

    @Test
    void otherRoutesAreFollowedAndARouteThatCallsItselfEnds() {
        String routes = """
                - route:
                    id: p
                    from:
                      uri: direct:p
                      steps:
                        - to: stage:load
                        - to: direct:cut
                        - to: stage:threshold
                - route:
                    id: cut
                    from:
                      uri: direct:cut
                      steps:
                        - to: stage:%s
                        - choice:
                            when:
                              - simple: "${variable.x} == 1"
                                steps:
                                  - to: direct:cut
                """;
        assertThat(problems(routes.formatted("decompose"))).isEmpty();
        assertThat(problems(routes.formatted("evaluate"))).containsExactly("p.camel.yaml:8:15  stage:threshold needs a decomposed network");
    }

    @Test
    void aNetworkThatAnOptionNamesHasToBeKeptBefore() {
        String taught = """
                - to: stage:load
                - to: "stage:evaluate?milestone=tuned"
                - to: "stage:train?teacher=%s"
                - to: stage:evaluate
                - to: "stage:guard?marks=0.5,0.9"
                """;
        assertThat(problemsOf(taught.formatted("tuned"))).isEmpty();
        assertThat(problemsOf(taught.formatted("loaded"))).isEmpty();
        assertThat(problemsOf(taught.formatted(""))).isEmpty();
        assertThat(problemsOf(taught.formatted("{{teacher:tuned}}"))).isEmpty();
        assertThat(problemsOf(taught.formatted("tune")))
                .containsExactly("p.camel.yaml:8:15  stage:train needs a network kept as 'tune'; did you mean 'tuned'?");
        assertThat(problemsOf(taught.formatted("at-0.5"))).as("kept after it").hasSize(1);
        assertThat(problemsOf(taught.formatted("") + "- to: \"stage:train?teacher=at-0.9\"")).isEmpty();
        assertThat(problemsOf(taught.formatted("") + "- to: \"stage:train?teacher=at-0.95\"")).hasSize(1);
    }

    @Test
    void aStageWhoseOptionsAreNotKnownMayHaveKeptAnyNetwork() {
        assertThat(problemsOf("""
                - to: stage:load
                - to: "stage:evaluate?milestone={{name}}"
                - to: "stage:train?teacher=tuned"
                """)).singleElement().asString().contains("{{name}} has no value");
    }

    @Test
    void theMendOfANetworkThatIsNotKeptSaysWhichAreAndWhoKeepsOne() {
        PipelineException refusal = refusal(route("""
                - to: stage:load
                - to: "stage:train?teacher=tuned"
                """));
        assertThat(refusal.problems()).singleElement().asString().contains("name one that is there (loaded), or give ")
                .contains("stage:evaluate its option 'milestone'").contains("on every way that leads to it");
    }

    @Test
    void anUnknownStageIsNotBlamedForWhatFollows() {
        assertThat(problemsOf("- to: stage:load\n- to: stage:decompos\n- to: stage:threshold")).containsExactly("p.camel.yaml:7:15  there is no stage 'decompos'");
    }
}
