package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.network.BasisVectors;
import io.espalier.network.Decomposition;
import io.espalier.network.PruningPlan;
import io.espalier.network.Surgeon;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GuardTest {

    private final Bench context = new Bench();
    private final Guard guard = new Guard();

    private static Guard.Options options(double maxDrop, Optional<Double> target, String relativeTo, List<Double> marks) {
        return new Guard.Options(
                Guard.Metric.ACCURACY, maxDrop, target, relativeTo, 0, marks.isEmpty() ? Optional.empty() : Optional.of(marks));
    }

    private static Guard.Options retrying(int retries) {
        return new Guard.Options(Guard.Metric.ACCURACY, 0.01, Optional.empty(), "scaled", retries, Optional.empty());
    }

    private static Candidate measured(double scaled, double now) {
        return Bench.candidate().withMetrics(Map.of("accuracy.scaled", scaled, "accuracy.validation", now));
    }

    private static Candidate halved(Candidate candidate) {
        var decomposed = Decomposition.decompose(candidate.network());
        List<PruningPlan.Removal> removals = BasisVectors.groups(decomposed, Map.of()).stream()
                .map(g -> new PruningPlan.Removal(g.name(), g.kind(), g.size(), IntStream.range(1, g.size()).boxed().toList(), 0, 0))
                .toList();
        return candidate.with(Surgeon.apply(new PruningPlan("all but one", removals, Map.of()), decomposed));
    }

    @Test
    void aMetricThatHeldKeepsTheCandidateAndGoesOn() {
        Candidate result = guard.apply(measured(0.90, 0.895), options(0.01, Optional.empty(), "scaled", List.of()), context);
        assertThat(result.kept()).isPresent();
        assertThat(context.variables).containsEntry("pruning", "continue");
    }

    @Test
    void aMetricThatFellRollsBackToTheLastKeptAndEndsTheLoop() {
        Candidate kept = guard.apply(measured(0.90, 0.895), options(0.01, Optional.empty(), "scaled", List.of()), context);
        Candidate worse = halved(kept).withMetrics(Map.of("accuracy.validation", 0.85));
        Candidate result = guard.apply(worse, options(0.01, Optional.empty(), "scaled", List.of()), context);
        assertThat(context.variables).containsEntry("pruning", "done");
        assertThat(result.network().digest()).isEqualTo(kept.network().digest());
        assertThat(result.metrics()).containsEntry("accuracy.validation", 0.895);
    }

    @Test
    void whatDidNotHoldIsTrainedAgainAsOftenAsRetriesSayAndThenGivenUp() {
        Candidate kept = guard.apply(measured(0.90, 0.895), retrying(2), context);
        Candidate smaller = halved(kept);
        Candidate once = guard.apply(smaller.withMetrics(Map.of("accuracy.validation", 0.85)), retrying(2), context);
        assertThat(context.variables).containsEntry("pruning", "again");
        assertThat(once.network().digest()).isEqualTo(smaller.network().digest());
        Candidate twice = guard.apply(once.withMetrics(Map.of("accuracy.validation", 0.86)), retrying(2), context);
        assertThat(context.variables).containsEntry("pruning", "again");
        Candidate thrice = guard.apply(twice.withMetrics(Map.of("accuracy.validation", 0.87)), retrying(2), context);
        assertThat(context.variables).containsEntry("pruning", "done");
        assertThat(thrice.network().digest()).isEqualTo(kept.network().digest());
    }

    @Test
    void aRetryThatHoldsIsKeptAndTheNextCandidateHasAllRetriesAgain() {
        Candidate kept = guard.apply(measured(0.90, 0.895), retrying(1), context);
        Candidate missed = guard.apply(halved(kept).withMetrics(Map.of("accuracy.validation", 0.85)), retrying(1), context);
        Candidate held = guard.apply(missed.withMetrics(Map.of("accuracy.validation", 0.899)), retrying(1), context);
        assertThat(context.variables).containsEntry("pruning", "continue");
        assertThat(held.kept().orElseThrow().network().digest()).isEqualTo(missed.network().digest());
        guard.apply(held.withMetrics(Map.of("accuracy.validation", 0.8)), retrying(1), context);
        assertThat(context.variables).containsEntry("pruning", "again");
    }

    @Test
    void theTargetEndsTheLoopWithTheCandidateThatReachedIt() {
        Candidate small = halved(measured(0.90, 0.90)).withMetrics(Map.of("accuracy.validation", 0.90));
        Candidate result = guard.apply(small, options(0.01, Optional.of(0.3), "scaled", List.of()), context);
        assertThat(context.variables).containsEntry("pruning", "done");
        assertThat(result.network().digest()).isEqualTo(small.network().digest());
        assertThat(result.metrics()).containsEntry("reduction.requested", 0.3);
    }

    @Test
    void everyMarkKeepsTheFirstNetworkThatReachesIt() {
        Candidate small = halved(measured(0.90, 0.90)).withMetrics(Map.of("accuracy.validation", 0.90));
        Candidate result = guard.apply(small, options(0.01, Optional.empty(), "scaled", List.of(0.1, 0.3, 0.999)), context);
        assertThat(result.milestones()).containsKeys("at-0.1", "at-0.3").doesNotContainKey("at-0.999");
        assertThat(result.kept().orElseThrow().milestones()).containsKey("at-0.3");
    }

    @Test
    void relativeToKeptTakesOnlyWhatIsNotWorseThanWhatIsKept() {
        Candidate kept = guard.apply(measured(0.90, 0.895), options(0.01, Optional.empty(), "scaled", List.of()), context);
        Candidate worse = halved(kept).withMetrics(Map.of("accuracy.validation", 0.894));
        Candidate result = guard.apply(worse, options(0, Optional.empty(), "kept", List.of()), context);
        assertThat(result.network().digest()).isEqualTo(kept.network().digest());
    }

    @Test
    void aMetricThatIsNotThereIsNamedWithTheStageThatGivesIt() {
        assertThatThrownBy(() -> guard.apply(Bench.candidate(), options(0.01, Optional.empty(), "scaled", List.of()), context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("accuracy.scaled")
                .hasMessageContaining("stage:evaluate?as=scaled");
    }

    @Test
    void nothingToRollBackToIsSaid() {
        assertThatThrownBy(() -> guard.apply(measured(0.9, 0.5), options(0.01, Optional.empty(), "scaled", List.of()), context))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("maxDrop=0.01");
    }

    @Test
    void aMarkOutOfRangeIsRefused() {
        assertThatThrownBy(() -> options(0.01, Optional.empty(), "scaled", List.of(1.5))).hasMessageContaining("marks=1.5");
    }
}
