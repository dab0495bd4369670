package io.espalier.routes;

import java.util.List;
import java.util.Map;

/** A step of a pipeline, as far as the flow of candidates through it matters. */
sealed interface Step {

    /**
     * {@code stage:NAME}.
     *
     * @param place of its uri
     * @param name of the stage
     * @param options as written, by name
     */
    record Stage(Place place, String name, Map<String, Given> options) implements Step {}

    /**
     * An option as written in a pipeline.
     *
     * @param place of the option itself, or of the uri that holds it
     * @param text its value after placeholders are replaced
     * @param origin where the value comes from, for people
     */
    record Given(Place place, String text, String origin) {}

    /** One after the other. */
    record Sequence(List<Step> steps) implements Step {}

    /**
     * Rounds.
     *
     * @param body of a round
     * @param rest what a round runs after the body, unless the loop is to end: then there is no further round either
     * @param atLeastOnce whether the body surely runs
     */
    record Loop(Step body, Step rest, boolean atLeastOnce) implements Step {}

    /** One of the ways; {@code exhaustive} when there is an {@code otherwise}. */
    record Choice(List<Step> ways, boolean exhaustive) implements Step {}

    /** Each branch from the same candidate. */
    record Branches(List<Step> branches) implements Step {}

    record Try(Step body, List<Step> catches, Step last) implements Step {}

    /** {@code direct:NAME}: another route, then on. */
    record Call(String uri) implements Step {}

    /** Nothing after it runs. */
    record End() implements Step {}

    /** Does not change the candidate. */
    record Other() implements Step {}
}
