package io.espalier.plugins.onnx.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What Espalier puts into the metadata of the files that it exports: a model card as JSON, of which {@code preprocessing} and
 * {@code classes} are read.
 *
 * @param input shape of the images
 * @param fit what is done with images of another height or width
 * @param normalisation of their pixels
 * @param classes names in label order
 */
record Card(ImageShape input, Fit fit, Normalisation normalisation, List<String> classes) {

    /** Under which the metadata holds it. */
    static final String KEY = "espalier";

    private static final String FORMAT = "espalier-model-card";
    private static final int VERSION = 1;

    /** @throws InputException when the card lacks one of them; names the field */
    static Card parse(ModelFile file, String text) {
        try {
            JsonNode card = new ObjectMapper().readTree(text);
            Fields fields = new Fields(file, card, "");
            if (!fields.text("format").equals(FORMAT) || fields.integer("version") != VERSION) {
                throw fields.wrong("version", "is of another version than " + VERSION);
            }
            Fields preprocessing = fields.object("preprocessing");
            return new Card(
                    shape(preprocessing.object("input")),
                    fit(preprocessing),
                    normalisation(preprocessing.object("normalisation")),
                    fields.texts("classes"));
        } catch (JsonProcessingException e) {
            throw new InputException(file.path() + ": the card in its metadata is no JSON: " + e.getOriginalMessage() + ". Export the network again", e);
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

    Optional<List<String>> namedClasses() {
        return classes.isEmpty() ? Optional.empty() : Optional.of(classes);
    }

    /** Fields of a JSON object of the card, each of which must be there. */
    private record Fields(ModelFile file, JsonNode node, String path) {

        Fields object(String name) {
            JsonNode value = node.path(name);
            if (!value.isObject()) {
                throw wrong(name, "is missing or no object");
            }
            return new Fields(file, value, path + name + ".");
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
            return file.refused("in the card of its metadata '" + path + name + "' " + why, "Export the network again");
        }
    }
}
