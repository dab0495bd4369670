package io.espalier.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Nodes that everything passes through on its way from a network's input to its output. */
final class Dominators {

    private Dominators() {}

    /** Of the output, in topological order; the output is the last. */
    static List<Node> ofOutput(Network network) {
        Set<String> used = below(network, network.output());
        Map<String, Set<String>> dominators = new HashMap<>();
        dominators.put(network.input(), Set.of());
        for (Node node : network.nodes()) {
            if (used.contains(node.name())) {
                Set<String> common = new LinkedHashSet<>(dominators.get(node.inputs().get(0)));
                node.inputs().forEach(input -> common.retainAll(dominators.get(input)));
                common.add(node.name());
                dominators.put(node.name(), common);
            }
        }
        List<Node> ofOutput = new ArrayList<>();
        dominators.get(network.output()).forEach(name -> ofOutput.add(network.node(name)));
        return ofOutput;
    }

    /** A node and everything that it depends on. */
    static Set<String> below(Network network, String name) {
        Set<String> found = new LinkedHashSet<>();
        Deque<String> waiting = new ArrayDeque<>(List.of(name));
        while (!waiting.isEmpty()) {
            String next = waiting.pop();
            if (!next.equals(network.input()) && found.add(next)) {
                waiting.addAll(network.node(next).inputs());
            }
        }
        return found;
    }
}
