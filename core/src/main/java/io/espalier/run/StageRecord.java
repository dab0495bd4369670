package io.espalier.run;

import java.util.List;
import java.util.Map;

/**
 * A finished stage. It is the last thing that is written of a stage, so what it refers to is there or was dropped.
 *
 * @param parts everything that the result depends on
 * @param candidate digest of the new candidate
 * @param network digest of its network
 * @param metrics of the new candidate, by name
 * @param variables exchange variables that it set
 * @param artifacts files that it wrote
 * @param consulted digests of the plugins behind every extension of the points that it asked for, by point and name:
 *     another plugin may change which of them it takes
 */
record StageRecord(
        StageKey parts,
        String candidate,
        String network,
        Map<String, Double> metrics,
        List<Variable> variables,
        List<Artifact> artifacts,
        Map<String, Map<String, String>> consulted) {

    /**
     * A file among the artifacts.
     *
     * @param path below the folder of artifacts, with {@code /}
     * @param digest SHA-256 of its content
     */
    record Artifact(String path, String digest) {}
}
