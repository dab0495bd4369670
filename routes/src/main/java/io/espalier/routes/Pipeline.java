package io.espalier.routes;

import io.espalier.catalog.BoundOptions;
import java.util.List;
import java.util.Map;

/**
 * A pipeline that was checked.
 *
 * @param source its text
 * @param parameters what {@code -p} gave
 * @param start uri that the route to start is called by
 * @param stages every stage in order of the file
 */
public record Pipeline(PipelineSource source, Map<String, String> parameters, String start, List<CheckedStage> stages) {

    public Pipeline {
        parameters = Map.copyOf(parameters);
        stages = List.copyOf(stages);
    }

    /**
     * A stage, bound.
     *
     * @param place of its uri
     * @param options bound
     * @param origins where the values that the pipeline gives come from, by option
     */
    public record CheckedStage(Place place, BoundOptions options, Map<String, String> origins) {

        public CheckedStage {
            origins = Map.copyOf(origins);
        }

        /** Where the value of an option comes from, for people. */
        public String origin(String option) {
            return origins.getOrDefault(option, "default of the stage");
        }
    }
}
