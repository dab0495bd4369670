package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A JSON object that a person wrote: remembers its line and which of its fields were asked for. */
final class JsonObject {

    private final Path file;
    private final int line;
    private final JsonNode node;
    private final Set<String> known = new HashSet<>(Set.of("comment"));

    JsonObject(Path file, int line, JsonNode node) {
        this.file = file;
        this.line = line;
        this.node = node;
    }

    int line() {
        return line;
    }

    String text(String name, Optional<String> absent) {
        JsonNode value = field(name);
        if (value.isMissingNode() && absent.isPresent()) {
            return absent.get();
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw wrong(name, value.isMissingNode() ? "is missing" : value + " is no text");
        }
        return value.textValue();
    }

    int integer(String name, int least, int most) {
        JsonNode value = field(name);
        if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
            throw wrong(name, (value.isMissingNode() ? "is missing" : value + " is out of range") + "; it is a whole number, "
                    + least + " <= " + name + " <= " + most);
        }
        return value.intValue();
    }

    double number(String name) {
        return finite(name, field(name));
    }

    /** A number from 0 to less than 1. */
    double share(String name) {
        double value = number(name);
        if (value < 0 || value >= 1) {
            throw wrong(name, value + " is out of range; 0 <= " + name + " < 1");
        }
        return value;
    }

    boolean truth(String name) {
        JsonNode value = field(name);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw wrong(name, value + " is neither true nor false");
        }
        return value.asBoolean();
    }

    List<Double> numbers(String name) {
        JsonNode value = field(name);
        if (!value.isArray()) {
            throw wrong(name, "is missing or no list of numbers");
        }
        List<Double> numbers = new ArrayList<>();
        value.forEach(number -> numbers.add(finite(name, number)));
        return numbers;
    }

    private double finite(String name, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(name, value.isMissingNode() ? "is missing" : value + " is no finite number");
        }
        return value.doubleValue();
    }

    private JsonNode field(String name) {
        known.add(name);
        return node.path(name);
    }

    void requireNoOthers() {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw wrong(name, "is not known here; known are " + known.stream().sorted().toList());
            }
        });
    }

    InputException wrong(String name, String why) {
        return new InputException(file + ":" + line + "  '" + name + "' " + why);
    }
}
