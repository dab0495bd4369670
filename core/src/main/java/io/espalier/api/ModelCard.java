package io.espalier.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What travels with a network beside its weights, as JSON, in whatever place a format has for it. {@code preprocessing} and {@code classes} are what a reader
 * needs; lineage, metrics and whatever else the writer was given stand beside them for people.
 *
 * @param input shape of the images
 * @param fit what is done with images of another height or width
 * @param normalisation of their pixels
 * @param classes names in label order
 */
@Stability(Stability.Level.EVOLVING)
public record ModelCard(ImageShape input, Fit fit, Normalisation normalisation, List<String> classes) {

    private static final String FORMAT = "espalier-model-card";
    private static final int VERSION = 1;

    /**
     * The card's text: what the network says of itself, then the rest.
     *
     * @throws IllegalArgumentException when the rest holds what JSON cannot say
     */
    public static String text(Network network, Map<String, Object> rest) {
        Map<String, Object> card = new LinkedHashMap<>();
        card.put("format", FORMAT);
        card.put("version", VERSION);
        card.put("preprocessing", network.preprocessing().asMap());
        card.put("classes", network.classes());
        rest.forEach(card::putIfAbsent);
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(card) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the model card holds what JSON cannot say: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Reads a card.
     *
     * @param place the file and where in it the card stands, for errors: {@code net.zip: its espalier.json}
     * @throws InputException when the card is not as {@link #text} writes it; names the field
     */
    public static ModelCard parse(String place, String text) {
        try {
            JsonNode card = new ObjectMapper().readTree(text);
            Fields fields = new Fields(place, card, "");
            if (!fields.text("format").equals(FORMAT) || fields.integer("version") != VERSION) {
                throw fields.wrong("version", "is of another version than " + VERSION);
            }
            Fields preprocessing = fields.object("preprocessing");
            return new ModelCard(
                    shape(preprocessing.object("input")),
                    fit(preprocessing),
                    normalisation(preprocessing.object("normalisation")),
                    fields.texts("classes"));
        } catch (JsonProcessingException e) {
            throw new InputException(place + " is no JSON, line " + e.getLocation().getLineNr() + ": "
                    + e.getOriginalMessage() + ". Export the network again", e);
        }
    }

    private static ImageShape shape(Fields fields) {
        try {
            return new ImageShape(fields.integer("channels"), fields.integer("height"), fields.integer("width"));
        } catch (IllegalArgumentException e) {
            throw fields.wrong("height", e.getMessage());
        }
    }

    private static Fit fit(Fields preprocessing) {
        String fit = preprocessing.text("fit");
        return Arrays.stream(Fit.values())
                .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(fit))
                .findFirst()
                .orElseThrow(() -> preprocessing.wrong("fit", "is '" + fit + "', which is none of pad, resize, refuse"));
    }

    private static Normalisation normalisation(Fields fields) {
        try {
            return new Normalisation(
                    ColourOrder.valueOf(fields.text("order")), fields.number("scale"), fields.numbers("mean"), fields.numbers("deviation"));
        } catch (IllegalArgumentException e) {
            throw fields.wrong("order", e.getMessage());
        }
    }

    /** Names of the classes, if it says any. */
    public Optional<List<String>> namedClasses() {
        return classes.isEmpty() ? Optional.empty() : Optional.of(classes);
    }

    /** Fields of a JSON object of the card, each of which must be there. */
    private record Fields(String place, JsonNode node, String path) {

        Fields object(String name) {
            JsonNode value = node.path(name);
            if (!value.isObject()) {
                throw wrong(name, "is missing or no object");
            }
            return new Fields(place, value, path + name + ".");
        }

        String text(String name) {
            JsonNode value = node.path(name);
            if (!value.isTextual()) {
                throw wrong(name, "is missing or no text");
            }
            return value.textValue();
        }

        int integer(String name) {
            JsonNode value = node.path(name);
            if (!value.isInt()) {
                throw wrong(name, "is missing or no whole number");
            }
            return value.intValue();
        }

        double number(String name) {
            return number(name, node.path(name));
        }

        private double number(String name, JsonNode value) {
            if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
                throw wrong(name, "is missing or no finite number");
            }
            return value.doubleValue();
        }

        List<Double> numbers(String name) {
            List<Double> numbers = new ArrayList<>();
            node.path(name).forEach(value -> numbers.add(number(name, value)));
            return numbers;
        }

        List<String> texts(String name) {
            JsonNode value = node.path(name);
            List<String> texts = new ArrayList<>();
            value.forEach(text -> texts.add(text.asText()));
            if (!value.isArray()) {
                throw wrong(name, "is missing or no list");
            }
            return texts;
        }

        InputException wrong(String name, String why) {
            return new InputException(place + ", '" + path + name + "' " + why + ". Export the network again");
        }
    }
}
