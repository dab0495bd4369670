package io.espalier.routes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Camel's property placeholders {@code {{name}}}, {@code {{name:default}}} and {@code {{?name}}} as far as pipelines use
 * them: values come from {@code -p} alone, never from the environment or from system properties.
 */
final class Placeholders {

    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    /** Camel's functions that read from elsewhere: {@code {{env:HOME}}} would give HOME. */
    private static final Set<String> FUNCTIONS =
            Set.of("env", "sys", "service", "service.name", "service.host", "service.port", "bean", "secret", "configmap");

    private final Map<String, String> given;

    Placeholders(Map<String, String> given) {
        this.given = Map.copyOf(given);
    }

    /**
     * A placeholder in a text.
     *
     * @param name as {@code -p} sets it
     * @param fallback what stands for it when {@code -p} does not
     * @param optional whether an option with it is left out when {@code -p} does not set it
     */
    record Use(String name, Optional<String> fallback, boolean optional) {

        boolean isFunction() {
            return FUNCTIONS.contains(name) || name.startsWith("env.") || name.startsWith("sys.");
        }
    }

    /** Every placeholder in a text, those in defaults of others included. */
    static List<Use> uses(String text) {
        List<Use> uses = new ArrayList<>();
        int at = text.indexOf(OPEN);
        while (at >= 0) {
            int end = end(text, at);
            if (end < 0) {
                break;
            }
            Use use = use(text.substring(at + OPEN.length(), end));
            uses.add(use);
            use.fallback().ifPresent(fallback -> uses.addAll(uses(fallback)));
            at = text.indexOf(OPEN, end + CLOSE.length());
        }
        return uses;
    }

    /** Whether {@code -p} sets the placeholder or it can do without. */
    boolean isMet(Use use) {
        return given.containsKey(use.name()) || use.fallback().isPresent() || use.optional();
    }

    boolean isGiven(Use use) {
        return given.containsKey(use.name());
    }

    /** The value that {@code -p} gives. */
    String value(Use use) {
        return given.get(use.name());
    }

    /** The text with every placeholder replaced; one that is not met, or optional and not given, stays as it is. */
    String resolve(String text) {
        StringBuilder resolved = new StringBuilder();
        int from = 0;
        int at = text.indexOf(OPEN);
        while (at >= 0) {
            int end = end(text, at);
            if (end < 0) {
                break;
            }
            String whole = text.substring(at, end + CLOSE.length());
            resolved.append(text, from, at).append(replacement(use(text.substring(at + OPEN.length(), end)), whole));
            from = end + CLOSE.length();
            at = text.indexOf(OPEN, from);
        }
        return resolved.append(text.substring(from)).toString();
    }

    private String replacement(Use use, String whole) {
        if (isGiven(use)) {
            return value(use);
        }
        return use.fallback().map(this::resolve).orElse(whole);
    }

    private static Use use(String inside) {
        boolean optional = inside.startsWith("?");
        String rest = optional ? inside.substring(1) : inside;
        int colon = rest.indexOf(':');
        String name = (colon < 0 ? rest : rest.substring(0, colon)).trim();
        return new Use(name, colon < 0 ? Optional.empty() : Optional.of(rest.substring(colon + 1)), optional);
    }

    /** Where the placeholder that opens at a position closes, or -1. */
    private static int end(String text, int open) {
        int depth = 0;
        int i = open;
        while (i < text.length() - 1) {
            if (text.startsWith(OPEN, i)) {
                depth++;
                i += 2;
            } else if (text.startsWith(CLOSE, i)) {
                depth--;
                if (depth == 0) {
                    return i;
                }
                i += 2;
            } else {
                i++;
            }
        }
        return -1;
    }
}
