package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.TreeSet;

/** The classes that DL4J's JSON of a network names. */
final class ClassNames {

    private static final String FIELD = "@class";

    private ClassNames() {}

    /** Every class named anywhere in the tree, in order of name. */
    static Set<String> in(JsonNode tree) {
        Set<String> names = new TreeSet<>();
        collect(tree, names);
        return names;
    }

    private static void collect(JsonNode node, Set<String> names) {
        if (node.path(FIELD).isTextual()) {
            names.add(node.get(FIELD).textValue());
        }
        node.forEach(child -> collect(child, names));
    }
}
