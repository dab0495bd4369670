package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network as operations.
 *
 * @param input name of the network's input
 * @param parts in topological order
 * @param places for each node whose output can be had the part that gives it, by name
 * @param output part that gives the network's output, or what becomes it by a softmax
 * @param probabilities whether a softmax follows {@code output}
 */
record Graph(String input, List<Part> parts, Map<String, String> places, String output, boolean probabilities) {

    /**
     * An operation in its place.
     *
     * @param name unique
     * @param operation what it computes
     * @param inputs names of parts, or of the network's input
     */
    record Part(String name, Operation operation, List<String> inputs) {

        Part computing(Operation other) {
            return new Part(name, other, inputs);
        }
    }

    Graph {
        parts = List.copyOf(parts);
        places = Map.copyOf(places);
    }

    /** Names of the parts that train or read, however far below, one that does: gradients flow through these only. */
    Set<String> active() {
        Set<String> active = new HashSet<>();
        for (Part part : parts) {
            if (!part.operation().trains().isEmpty() || part.inputs().stream().anyMatch(active::contains)) {
                active.add(part.name());
            }
        }
        return active;
    }

    boolean gives(Set<ParameterKey> gradients) {
        Set<ParameterKey> given = new HashSet<>();
        parts.forEach(part -> given.addAll(part.operation().trains()));
        return given.containsAll(gradients);
    }
}
