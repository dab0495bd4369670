package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The arguments of a Keras layer as a file has them.
 *
 * @param file for messages
 * @param layer its name, for messages
 * @param node JSON object
 * @param keras3 whether version 3 wrote it, in which some words mean something else than before
 */
record KerasConfig(Path file, String layer, JsonNode node, boolean keras3) {

    private static final int MOST = 1 << 16;

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    JsonNode get(String name) {
        return node.path(name);
    }

    String text(String name, String absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isTextual()) {
            throw wrong(name, "is no text but " + shortened(value));
        }
        return value.textValue();
    }

    boolean truth(String name, boolean absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrong(name, "is neither true nor false but " + shortened(value));
        }
        return value.booleanValue();
    }

    int integer(String name, int absent) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        return integer(name, value, 1);
    }

    private int integer(String name, JsonNode value, int least) {
        // Keras 1 and some tools write whole numbers as 3.0.
        if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())
                || value.doubleValue() < least || value.doubleValue() > MOST) {
            throw wrong(name, "should be a whole number of " + least + " to " + MOST + ", not " + shortened(value));
        }
        return value.intValue();
    }

    double number(String name, double absent) {
        JsonNode value = node.path(name);
        return value.isMissingNode() || value.isNull() ? absent : finite(name, value);
    }

    private double finite(String name, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue()) || Math.abs(value.doubleValue()) > Float.MAX_VALUE) {
            throw wrong(name, "should be a finite number, not " + shortened(value));
        }
        return value.doubleValue();
    }

    /** One number, or a list of them however it is nested. */
    double[] numbers(String name) {
        List<Double> all = new ArrayList<>();
        collect(name, node.path(name), all);
        if (all.isEmpty()) {
            throw wrong(name, "is missing or holds no numbers");
        }
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void collect(String name, JsonNode value, List<Double> all) {
        if (value.isArray()) {
            value.forEach(element -> collect(name, element, all));
        } else if (value.isObject()) {
            collect(name, value.path("config").path("value"), all);
        } else {
            all.add(finite(name, value));
        }
    }

    /** Height and width: one number for both, or a list of two. */
    Optional<int[]> pair(String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        return Optional.of(value.isArray() ? two(name, value, 1) : new int[] {integer(name, value, 1), integer(name, value, 1)});
    }

    private int[] two(String name, JsonNode value, int least) {
        if (value.size() != 2) {
            throw wrong(name, "should be two numbers, not " + shortened(value));
        }
        return new int[] {integer(name, value.get(0), least), integer(name, value.get(1), least)};
    }

    /** Rows above and below, columns left and right: one number for all, one for rows and one for columns, or two each. */
    int[][] sides(String name) {
        JsonNode value = node.path(name);
        if (!value.isArray()) {
            int all = integer(name, value, 0);
            return new int[][] {{all, all}, {all, all}};
        }
        if (value.size() == 2 && value.get(0).isArray()) {
            return new int[][] {two(name, value.get(0), 0), two(name, value.get(1), 0)};
        }
        int[] each = two(name, value, 0);
        return new int[][] {{each[0], each[0]}, {each[1], each[1]}};
    }

    InputException wrong(String name, String why) {
        return new InputException(file + ": '" + name + "' of layer '" + layer + "' " + why);
    }

    /** A refusal of the whole layer. */
    InputException refusal(String why) {
        return new InputException(file + ": layer '" + layer + "' " + why);
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
