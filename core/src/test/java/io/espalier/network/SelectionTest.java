package io.espalier.network;

import static io.espalier.network.Selection.Normalise;
import static io.espalier.network.Selection.Of;
import static io.espalier.network.Selection.Scope;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.espalier.Networks;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SelectionTest {

    private static final Map<String, Network> NETWORKS = Networks.byName();

    /** Three groups of channels that differ in number and in cost. */
    private static final List<UnitGroup> GROUPS = List.of(channels("a", 40, 3, 500), channels("b", 25, 17, 60), channels("c", 60, 9, 9));

    private static UnitGroup channels(String name, int size, long parameters, long flops) {
        return group(name, UnitKind.CHANNEL, size, size, new Cost(parameters, flops), new Cost(size * parameters, size * flops));
    }

    /** Units that cost so much each, and all of them so much at most. */
    private static UnitGroup group(String name, UnitKind kind, int size, int fullSize, Cost each, Cost whole) {
        Footprint footprint = left -> {
            int units = left.getOrDefault(name, size);
            return new Cost(Math.min(units * each.parameters(), whole.parameters()), Math.min(units * each.flops(), whole.flops()));
        };
        return new UnitGroup(name, kind, size, fullSize, List.of(), Optional.empty(), Optional.empty(), Optional.empty(), each, footprint);
    }

    private static Selection selection(Of of, double amount, Scope scope, Normalise normalise) {
        return new Selection(of, amount, scope, normalise, 0, 0, 1);
    }

    private static Map<String, double[]> randomScores(List<UnitGroup> groups) {
        Random random = new Random(Networks.SEED);
        Map<String, double[]> scores = new HashMap<>();
        groups.forEach(g -> scores.put(g.name(), random.doubles(g.size()).toArray()));
        return scores;
    }

    private static int gone(PruningPlan plan, String group) {
        return plan.removals().stream().filter(r -> r.group().equals(group)).mapToInt(r -> r.removed().size()).sum();
    }

    private static List<Integer> removed(PruningPlan plan, String group) {
        return plan.removals().stream().filter(r -> r.group().equals(group)).findFirst().orElseThrow().removed();
    }

    @ParameterizedTest
    @CsvSource({"0.1", "0.2", "0.25", "0.333", "0.5", "0.8"})
    void aShareOfUnitsIsThatShareRoundedDown(double amount) {
        PruningPlan plan = selection(Of.UNITS, amount, Scope.GLOBAL, Normalise.NONE).plan(GROUPS, randomScores(GROUPS), "test");
        assertThat(plan.count()).isEqualTo((int) Math.floor(amount * 125 + 1e-9));
    }

    @ParameterizedTest
    @CsvSource({"PARAMETERS,0.1", "PARAMETERS,0.5", "PARAMETERS,0.9", "FLOPS,0.1", "FLOPS,0.5", "FLOPS,0.9"})
    void aShareOfCostIsReachedAndExceededByLessThanOneUnit(Of of, double amount) {
        ToLongFunction<UnitGroup> unit = g -> of == Of.PARAMETERS ? g.cost().parameters() : g.cost().flops();
        long before = GROUPS.stream().mapToLong(g -> g.size() * unit.applyAsLong(g)).sum();
        Map<String, double[]> scores = randomScores(GROUPS);
        PruningPlan plan = selection(of, amount, Scope.GLOBAL, Normalise.NONE).plan(GROUPS, scores, "test");
        long saved = GROUPS.stream().mapToLong(g -> gone(plan, g.name()) * unit.applyAsLong(g)).sum();
        PruningPlan.Removal last = plan.removals().stream()
                .max((x, y) -> Double.compare(x.highestRemoved(), y.highestRemoved())).orElseThrow();
        long lastUnit = GROUPS.stream().filter(g -> g.name().equals(last.group())).mapToLong(unit).sum();
        assertThat((double) saved).isGreaterThanOrEqualTo(amount * before);
        assertThat((double) saved - lastUnit).isLessThan(amount * before);
    }

    @ParameterizedTest
    @EnumSource(value = Of.class, names = "THRESHOLD", mode = EnumSource.Mode.EXCLUDE)
    void byLayerEveryGroupGivesItsOwnShare(Of of) {
        PruningPlan plan = selection(of, 0.4, Scope.LAYER, Normalise.NONE).plan(GROUPS, randomScores(GROUPS), "test");
        assertThat(gone(plan, "a")).isEqualTo(16);
        assertThat(gone(plan, "b")).isEqualTo(10);
        assertThat(gone(plan, "c")).isEqualTo(24);
    }

    @Test
    void globallyTheLowestScoresGoWhereverTheyAre() {
        List<UnitGroup> groups = List.of(channels("a", 4, 1, 1), channels("b", 4, 1, 1));
        Map<String, double[]> scores = Map.of("a", new double[] {9, 1, 2, 8}, "b", new double[] {7, 3, 10, 11});
        PruningPlan plan = selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.NONE).plan(groups, scores, "why");
        assertThat(plan.reason()).isEqualTo("why");
        assertThat(plan.removals()).containsExactly(
                new PruningPlan.Removal("a", UnitKind.CHANNEL, 4, List.of(1, 2), 8, 2),
                new PruningPlan.Removal("b", UnitKind.CHANNEL, 4, List.of(0, 1), 10, 7));
    }

    /** a: norm 5, largest 4; b: norm 50.99..., largest 50. */
    @ParameterizedTest
    @CsvSource({"NONE,2,0", "MAX,0,1", "L2,0,1"})
    void normalisingMakesGroupsOfOtherScalesComparable(Normalise normalise, int goneOfA, int goneOfB) {
        List<UnitGroup> groups = List.of(channels("a", 3, 1, 1), channels("b", 3, 1, 1));
        Map<String, double[]> scores = Map.of("a", new double[] {3, 4, 0.5}, "b", new double[] {10, 50, 4.9});
        double amount = normalise == Normalise.NONE ? 0.34 : 0.17;
        PruningPlan plan = selection(Of.UNITS, amount, Scope.GLOBAL, normalise).plan(groups, scores, "test");
        assertThat(gone(plan, "a")).isEqualTo(goneOfA);
        assertThat(gone(plan, "b")).isEqualTo(goneOfB);
    }

    @Test
    void whatIsComparedIsDividedByTheNorm() {
        List<UnitGroup> groups = List.of(channels("a", 2, 1, 1));
        Map<String, double[]> scores = Map.of("a", new double[] {-3, 4});
        PruningPlan byNorm = selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.L2).plan(groups, scores, "test");
        assertThat(byNorm.removals()).containsExactly(new PruningPlan.Removal("a", UnitKind.CHANNEL, 2, List.of(0), 0.8, -0.6));
        PruningPlan byLargest = selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.MAX).plan(groups, scores, "test");
        assertThat(byLargest.removals()).containsExactly(new PruningPlan.Removal("a", UnitKind.CHANNEL, 2, List.of(0), 1, -0.75));
    }

    @Test
    void scoresThatAreAllZeroAreComparedAsTheyAre() {
        List<UnitGroup> groups = List.of(channels("a", 4, 1, 1));
        PruningPlan plan = Selection.ofUnits(0.5).plan(groups, Map.of("a", new double[4]), "test");
        assertThat(removed(plan, "a")).containsExactly(0, 1);
    }

    @Test
    void aCostExponentPrefersCostlyUnits() {
        List<UnitGroup> groups = List.of(channels("cheap", 4, 1, 1), channels("dear", 4, 100, 1));
        Map<String, double[]> scores = Map.of("cheap", new double[] {1, 2, 3, 4}, "dear", new double[] {5, 6, 7, 8});
        Selection plain = new Selection(Of.UNITS, 0.375, Scope.GLOBAL, Normalise.NONE, 0, 0, 1);
        assertThat(gone(plain.plan(groups, scores, "test"), "cheap")).isEqualTo(3);
        Selection perRoot = new Selection(Of.UNITS, 0.375, Scope.GLOBAL, Normalise.NONE, 0.5, 0, 1);
        PruningPlan plan = perRoot.plan(groups, scores, "test");
        assertThat(removed(plan, "dear")).containsExactly(0, 1, 2);
        assertThat(plan.removals().get(0).highestRemoved()).isEqualTo(7.0 / 10);
    }

    @Test
    void groupsThatAreLeftWholeNeedNoScoresAndGiveNothing() {
        Selection selection = new Selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.NONE, 0, 0, 1, Set.of("a"));
        assertThat(selection.competing(GROUPS)).extracting(UnitGroup::name).containsExactly("b", "c");
        Map<String, double[]> scores = randomScores(GROUPS);
        scores.remove("a");
        PruningPlan plan = selection.plan(GROUPS, scores, "test");
        assertThat(plan.removals()).extracting(PruningPlan.Removal::group).containsExactly("b", "c");
        assertThat(plan.count()).as("half of those that compete").isEqualTo((25 + 60) / 2);
    }

    @Test
    void aFloorIsAShareOfTheFullSize() {
        UnitGroup group = group("a", UnitKind.BASIS_VECTOR, 12, 30, new Cost(1, 1), new Cost(30, 30));
        Selection selection = new Selection(Of.UNITS, 0.9, Scope.LAYER, Normalise.L2, 0, 0.25, 1);
        assertThat(gone(selection.plan(List.of(group), randomScores(List.of(group)), "test"), "a")).isEqualTo(12 - 8);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void oneUnitOfEveryGroupStays(Scope scope) {
        PruningPlan plan = selection(Of.UNITS, 0.999, scope, Normalise.NONE).plan(GROUPS, randomScores(GROUPS), "test");
        assertThat(plan.removals()).allSatisfy(r -> assertThat(r.removed().size()).isEqualTo(r.size() - 1));
        PruningPlan all = selection(Of.THRESHOLD, 5, scope, Normalise.NONE).plan(GROUPS, randomScores(GROUPS), "test");
        assertThat(all.removals()).hasSize(3).allSatisfy(r -> {
            assertThat(r.removed().size()).isEqualTo(r.size() - 1);
            assertThat(r.lowestKept()).isGreaterThanOrEqualTo(r.highestRemoved());
        });
    }

    @ParameterizedTest
    @CsvSource({"4", "8", "7"})
    void keptCountsAreMultiplesRoundedUp(int multiple) {
        Selection exact = new Selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.NONE, 0, 0, 1);
        Selection rounded = new Selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.NONE, 0, 0, multiple);
        Map<String, double[]> scores = randomScores(GROUPS);
        PruningPlan before = exact.plan(GROUPS, scores, "test");
        PruningPlan after = rounded.plan(GROUPS, scores, "test");
        for (UnitGroup group : GROUPS) {
            int wished = group.size() - gone(before, group.name());
            int up = Math.min(group.size(), (wished + multiple - 1) / multiple * multiple);
            assertThat(group.size() - gone(after, group.name())).as(group.name()).isEqualTo(up);
        }
        assertThat(after.removals()).allSatisfy(r -> assertThat(removed(before, r.group())).containsAll(r.removed()));
        int stay = before.count() - after.count();
        assertThat(after.reason()).isEqualTo(stay == 0 ? "test" : "test, " + stay + " of those chosen to go stay for multiples of " + multiple
                + after.reason().substring(after.reason().lastIndexOf(',')));
    }

    @Test
    void unitsGivenBackAreTheBestOfThoseRemoved() {
        UnitGroup group = channels("a", 8, 1, 1);
        Map<String, double[]> scores = Map.of("a", new double[] {8, 7, 6, 5, 4, 3, 2, 1});
        Selection selection = new Selection(Of.UNITS, 0.75, Scope.LAYER, Normalise.NONE, 0, 0, 4);
        assertThat(removed(selection.plan(List.of(group), scores, "test"), "a")).containsExactly(4, 5, 6, 7);
    }

    @Test
    void tiesGoByGroupAndIndex() {
        List<UnitGroup> groups = List.of(channels("b", 3, 1, 1), channels("a", 3, 1, 1));
        Map<String, double[]> scores = Map.of("a", new double[] {1, 1, 1}, "b", new double[] {1, 1, 1});
        PruningPlan plan = selection(Of.UNITS, 0.5, Scope.GLOBAL, Normalise.NONE).plan(groups, scores, "test");
        assertThat(removed(plan, "b")).containsExactly(0, 1);
        assertThat(removed(plan, "a")).containsExactly(0);
    }

    @Test
    void scoresThatCannotBeComparedAreRefused() {
        UnitGroup group = channels("a", 3, 1, 1);
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Selection.ofUnits(0.5).plan(List.of(group), Map.of("a", new double[] {1, bad, 2}), "test"))
                    .withMessage("unit 1 of layer 'a' has the score " + bad);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.ofUnits(0.5).plan(List.of(group), Map.of("a", new double[] {1, 2}), "test"))
                .withMessage("layer 'a' has 3 units but 2 scores");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.ofUnits(0.5).plan(List.of(group), Map.of("b", new double[3]), "test"))
                .withMessage("layer 'a' has 3 units but no scores");
    }

    @Test
    void aThresholdTakesWhatIsBelowItAfterNormalising() {
        List<UnitGroup> groups = List.of(channels("a", 3, 1, 1), channels("b", 3, 1, 1));
        Map<String, double[]> scores = Map.of("a", new double[] {1, 2, 4}, "b", new double[] {100, 200, 50});
        PruningPlan plan = selection(Of.THRESHOLD, 0.5, Scope.GLOBAL, Normalise.MAX).plan(groups, scores, "test");
        assertThat(removed(plan, "a")).containsExactly(0);
        assertThat(removed(plan, "b")).containsExactly(2);
        assertThat(selection(Of.THRESHOLD, 0.1, Scope.GLOBAL, Normalise.MAX).plan(groups, scores, "test").isEmpty()).isTrue();
    }

    /** n = 20, c = 10: a vector costs 30, the whole layer 200, so of 10 vectors the first three save nothing. */
    @Test
    void aLayerWhoseRankSavesNothingGivesVectorsUntilItDoes() {
        UnitGroup group = group("a", UnitKind.BASIS_VECTOR, 10, 10, new Cost(30, 60), new Cost(200, 400));
        Map<String, double[]> scores = Map.of("a", new double[] {10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
        for (Of of : List.of(Of.PARAMETERS, Of.FLOPS)) {
            assertThat(removed(selection(of, 0.01, Scope.GLOBAL, Normalise.L2).plan(List.of(group), scores, "test"), "a"))
                    .containsExactly(6, 7, 8, 9);
            assertThat(removed(selection(of, 0.1, Scope.GLOBAL, Normalise.L2).plan(List.of(group), scores, "test"), "a"))
                    .containsExactly(6, 7, 8, 9);
            assertThat(removed(selection(of, 0.11, Scope.GLOBAL, Normalise.L2).plan(List.of(group), scores, "test"), "a"))
                    .containsExactly(5, 6, 7, 8, 9);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Of.class, names = {"PARAMETERS", "FLOPS"})
    void theShareOfBasisVectorsCostIsThatOfTheirConvolutions(Of of) {
        Network decomposed = Decomposition.decompose(Networks.vgg());
        List<UnitGroup> groups = BasisVectors.groups(decomposed, Map.of());
        PruningPlan plan = selection(of, 0.5, Scope.GLOBAL, Normalise.L2).plan(groups, randomScores(groups), "test");
        Cost before = Cost.of(decomposed);
        Cost after = Cost.of(Surgeon.apply(plan, decomposed));
        long all = groups.stream().mapToLong(g -> of == Of.PARAMETERS ? g.footprint().of(Map.of()).parameters() : g.footprint().of(Map.of()).flops()).sum();
        long saved = of == Of.PARAMETERS ? before.parameters() - after.parameters() : before.flops() - after.flops();
        long largest = groups.stream().mapToLong(g -> of == Of.PARAMETERS ? g.cost().parameters() : g.cost().flops()).max().orElseThrow();
        assertThat(saved).isBetween(all / 2, all / 2 + largest);
    }

    static Stream<Arguments> costsOnEveryTopology() {
        return NETWORKS.keySet().stream().flatMap(name -> Stream.of(Of.PARAMETERS, Of.FLOPS)
                .flatMap(of -> Stream.of(0.2, 0.6).map(amount -> Arguments.of(name, of, amount))));
    }

    /** Unless only one unit of each group is left. Where two groups meet in a kernel, the second saves less of it than alone. */
    @ParameterizedTest
    @MethodSource("costsOnEveryTopology")
    void aShareOfWhatChannelsCostIsReachedAndExceededByLessThanOneUnit(String name, Of of, double amount) {
        Network network = NETWORKS.get(name);
        List<UnitGroup> groups = Channels.groups(network);
        PruningPlan plan = selection(of, amount, Scope.GLOBAL, Normalise.NONE).plan(groups, randomScores(groups), "test");
        long possible = amount(of, Cost.of(network)) - amount(of, groups.get(0).footprint().of(none(groups)));
        boolean oneOfEach = plan.count() == groups.stream().mapToInt(g -> g.size() - 1).sum();
        assertThat(oneOfEach || saved(of, plan, network) >= amount * possible).as("%s", plan).isTrue();
        assertThat((double) saved(of, withoutTheLast(plan, groups), network)).isLessThan(amount * possible);
    }

    private static long amount(Of of, Cost cost) {
        return of == Of.PARAMETERS ? cost.parameters() : cost.flops();
    }

    private static Map<String, Integer> none(List<UnitGroup> groups) {
        Map<String, Integer> none = new HashMap<>();
        groups.forEach(g -> none.put(g.name(), 0));
        return none;
    }

    private static long saved(Of of, PruningPlan plan, Network network) {
        return amount(of, Cost.of(network)) - amount(of, Cost.of(Surgeon.apply(plan, network)));
    }

    /** The plan without the unit that was taken last. */
    private static PruningPlan withoutTheLast(PruningPlan plan, List<UnitGroup> groups) {
        PruningPlan.Removal last = plan.removals().stream().max(Comparator.comparingDouble(PruningPlan.Removal::highestRemoved)).orElseThrow();
        double[] scores = randomScores(groups).get(last.group());
        List<Integer> fewer = last.removed().stream().filter(unit -> scores[unit] != last.highestRemoved()).toList();
        PruningPlan.Removal less = new PruningPlan.Removal(last.group(), last.kind(), last.size(), fewer, 0, 0);
        return new PruningPlan("fewer", plan.removals().stream().map(r -> r == last ? less : r).toList(), Map.of());
    }

    /** Two convolutions of VGG style: 10 x 3 x 9 + 10 and 14 x 10 x 9 weights, 6 x 14 x 9 after them, a batch norm of 10. */
    @Test
    void whatTwoGroupsShareIsSavedOnce() {
        Network network = Networks.vgg();
        PruningPlan plan = new PruningPlan("half", List.of(
                new PruningPlan.Removal("block1", UnitKind.CHANNEL, 10, List.of(0, 1, 2, 3, 4), 0, 0),
                new PruningPlan.Removal("block2", UnitKind.CHANNEL, 14, List.of(0, 1, 2, 3, 4, 5, 6), 0, 0)), Map.of());
        long saved = 5 * (3 * 9 + 1) + 5 * 2 + (14 * 10 - 7 * 5) * 9 + 6 * 7 * 9;
        assertThat(saved(Of.PARAMETERS, plan, network)).isEqualTo(saved);
        Cost left = Channels.groups(network).get(0).footprint().of(Map.of("block1", 5, "block2", 7));
        assertThat(Cost.of(network).parameters() - left.parameters()).isEqualTo(saved);
    }
}
