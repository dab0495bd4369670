package io.espalier.run;

import io.espalier.api.Candidate;
import java.util.Map;

/**
 * What a stage made.
 *
 * @param candidate the new candidate
 * @param digest SHA-256 of the candidate, hexadecimal
 * @param variables exchange variables that it set
 */
public record StageResult(Candidate candidate, String digest, Map<String, Object> variables) {}
