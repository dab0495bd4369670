package io.espalier.run;

import io.espalier.api.Candidate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a stage made.
 *
 * @param candidate the new candidate; of a reused result nothing is read before it is asked for
 * @param digest SHA-256 of the candidate, hexadecimal
 * @param variables exchange variables that it set: String, Double, Long or Boolean
 * @param metrics of the candidate, known without reading it
 */
public record StageResult(Candidate candidate, String digest, Map<String, Object> variables, Map<String, Double> metrics) {

    public StageResult {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }
}
