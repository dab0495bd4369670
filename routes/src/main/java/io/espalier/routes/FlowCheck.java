package io.espalier.routes;

import io.espalier.api.Flow;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionFacts;
import io.espalier.catalog.Suggestion;
import io.espalier.routes.RouteReader.Route;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Follows the candidate through a pipeline and finds stages whose needs are not met where they stand. */
final class FlowCheck {

    private static final Map<String, String> WORDS = Map.of(
            "loaded", "a network",
            "data", "labelled images",
            "plain", "a network of standard layers",
            "decomposed", "a decomposed network",
            "scaled", "a network whose channels have factors",
            "factors", "a network with scaling factors",
            "trained", "a network whose scaling factors were just trained",
            "evaluated", "a network that was just evaluated");

    /** Begins the facts about networks that are kept under a name. */
    private static final String MILESTONE = "milestone:";

    private final Map<String, Route> byUri;
    private final Function<Step.Stage, Known> known;
    private final Collection<Extension> stages;
    private final Set<Problem> problems = new LinkedHashSet<>();
    private final Set<String> calling = new LinkedHashSet<>();
    private final Deque<Facts> interrupted = new ArrayDeque<>();

    /**
     * What is known of a stage.
     *
     * @param needs of the stage and of the extensions its options chose
     * @param effect on the facts
     */
    record Known(Set<String> needs, Function<Facts, Facts> effect) {

        /** A stage that is not there may need and give anything. */
        static final Known NOTHING = new Known(Set.of(), facts -> Facts.ALL);
    }

    FlowCheck(List<Route> routes, Function<Step.Stage, Known> known, Collection<Extension> stages) {
        this.byUri = routes.stream().filter(route -> !route.from().isEmpty()).collect(Collectors.toMap(Route::from, r -> r, (a, b) -> a));
        this.known = known;
        this.stages = stages;
    }

    /** Problems of the pipeline that starts with a route. */
    Set<Problem> check(Route start) {
        interrupted.push(Facts.ALL);
        follow(start, Facts.NONE);
        return problems;
    }

    private Facts follow(Route route, Facts before) {
        if (!calling.add(route.from())) {
            return Facts.ALL;
        }
        Facts after = after(route.body(), before);
        calling.remove(route.from());
        return after;
    }

    private Facts after(Step step, Facts before) {
        if (step instanceof Step.Stage stage) {
            return afterStage(stage, before);
        }
        if (step instanceof Step.Sequence sequence) {
            return afterAll(sequence.steps(), before);
        }
        if (step instanceof Step.Loop loop) {
            return afterLoop(loop, before);
        }
        if (step instanceof Step.Choice choice) {
            Facts ways = either(choice.ways(), before);
            return choice.exhaustive() ? ways : ways.or(before);
        }
        if (step instanceof Step.Branches branches) {
            return branches.branches().isEmpty() ? before : either(branches.branches(), before);
        }
        if (step instanceof Step.Try attempt) {
            return afterTry(attempt, before);
        }
        if (step instanceof Step.Call call) {
            Route called = byUri.get(call.uri());
            return called == null ? before : follow(called, before);
        }
        return step instanceof Step.End ? Facts.ALL : before;
    }

    private Facts afterLoop(Step.Loop loop, Facts before) {
        Facts cutShort = after(loop.body(), before);
        Facts once = after(loop.rest(), cutShort);
        Facts cutShortLater = after(loop.body(), once);
        Facts again = after(loop.rest(), cutShortLater);
        Facts after = once.or(again).or(cutShort).or(cutShortLater);
        return loop.atLeastOnce() ? after : after.or(before);
    }

    private Facts afterAll(List<Step> steps, Facts before) {
        Facts facts = before;
        for (Step step : steps) {
            facts = after(step, facts);
        }
        return facts;
    }

    private Facts either(List<Step> ways, Facts before) {
        return ways.stream().map(way -> after(way, before)).reduce(Facts.ALL, Facts::or);
    }

    /** A catch begins with the candidate that the failing stage got, whichever stage of the body that was. */
    private Facts afterTry(Step.Try attempt, Facts before) {
        interrupted.push(before);
        Facts body = after(attempt.body(), before);
        Facts caught = interrupted.pop();
        Facts end = either(attempt.catches(), caught).or(body);
        noteInterruption(caught);
        after(attempt.last(), end.or(caught));
        return after(attempt.last(), end);
    }

    private void noteInterruption(Facts before) {
        interrupted.push(interrupted.pop().or(before));
    }

    private Facts afterStage(Step.Stage stage, Facts before) {
        noteInterruption(before);
        Known what = known.apply(stage);
        Facts met = before;
        for (String need : what.needs()) {
            if (!before.hold(need)) {
                problems.add(Problem.of(stage.place(), "stage:" + stage.name() + " needs " + words(need, before), mend(need, before)));
                met = met.with(need);
            }
        }
        return what.effect().apply(met);
    }

    private static String words(String need, Facts before) {
        if (need.startsWith(MILESTONE)) {
            String name = need.substring(MILESTONE.length());
            return "a network kept as '" + name + "'" + Suggestion.clause(name, before.ends(MILESTONE));
        }
        return WORDS.getOrDefault(need, "a network that is " + need);
    }

    private String mend(String need, Facts before) {
        String givers = stages.stream()
                .filter(extension -> extension.flow().map(Flow::gives).filter(gives -> Arrays.asList(gives).contains(need)).isPresent())
                .map(extension -> "stage:" + extension.name())
                .collect(Collectors.joining(" or "));
        String options = optionsThatGive(need);
        if (givers.isEmpty() && options.isEmpty()) {
            return "no stage at hand gives that; is a plugin missing?";
        }
        String give = givers.isEmpty() ? "give " + options : "put " + givers + " before it";
        return otherwise(need, before) + give + ", on every way that leads to it";
    }

    private String optionsThatGive(String need) {
        return stages.stream()
                .flatMap(extension -> Arrays.stream(extension.options().getRecordComponents())
                        .filter(component -> OptionFacts.declared(extension.options(), component.getName()::equals).stream()
                                .anyMatch(declared -> OptionFacts.couldBe(declared, need)))
                        .map(component -> "stage:" + extension.name() + " its option '" + component.getName() + "'"))
                .collect(Collectors.joining(" or "));
    }

    /** Of a network that an option names: those which could be named instead. */
    private static String otherwise(String need, Facts before) {
        Set<String> kept = need.startsWith(MILESTONE) ? before.ends(MILESTONE) : Set.of();
        return kept.isEmpty() ? "" : "name one that is there (" + String.join(", ", kept) + "), or ";
    }
}
