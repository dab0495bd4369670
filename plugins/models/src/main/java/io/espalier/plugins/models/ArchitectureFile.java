package io.espalier.plugins.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.data.ColourOrder;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The text of an {@link Architecture}: {@code {"input": {…}, "normalisation": {…}, "layers": [{"type": …}, …]}}, as in
 * {@code assets/fashion-vgg.json}. Every refusal names the line at which the object with the fault begins.
 */
final class ArchitectureFile {

    private static final int MOST_LAYERS = 500;
    private static final int MOST_UNITS = 65_536;
    private static final int LARGEST_SIDE = 4_096;
    private static final String TYPES = "convolution, max-pooling, global-average-pooling, dense, dropout, softmax";

    private final Path file;

    private ImageShape input;
    private Normalisation normalisation;
    private final List<Architecture.Step> layers = new ArrayList<>();
    private final Set<String> names = new HashSet<>(Set.of(Initialisation.INPUT));

    private ArchitectureFile(Path file) {
        this.file = file;
    }

    /** @throws InputException when the text does not parse or describes no chain; names line, field and mend */
    static Architecture read(Path file) throws IOException {
        return new ArchitectureFile(file).read();
    }

    private Architecture read() throws IOException {
        try (JsonParser parser = new JsonFactory(new ObjectMapper()).createParser(file.toFile())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw wrong(1, "the file must be a JSON object with 'input' and 'layers'");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                readField(parser.currentName(), parser);
            }
        } catch (JsonProcessingException e) {
            throw wrong(e.getLocation() == null ? 1 : e.getLocation().getLineNr(), "no JSON: " + e.getOriginalMessage());
        }
        if (input == null) {
            throw wrong(1, "'input' is missing: {\"channels\": 1, \"height\": 28, \"width\": 28}");
        }
        new ChainCheck(file, input).check(layers);
        return new Architecture(input, Optional.ofNullable(normalisation), layers);
    }

    private void readField(String name, JsonParser parser) throws IOException {
        JsonToken token = parser.nextToken();
        switch (name) {
            case "input" -> input = shape(object(parser, token));
            case "normalisation" -> normalisation = normalisation(object(parser, token));
            case "layers" -> readLayers(parser, token);
            case "comment" -> parser.skipChildren();
            default -> throw wrong(line(parser), "there is no '" + name + "', only input, normalisation, layers and comment");
        }
    }

    private void readLayers(JsonParser parser, JsonToken token) throws IOException {
        if (token != JsonToken.START_ARRAY) {
            throw wrong(line(parser), "'layers' must be a list");
        }
        for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            JsonObject fields = object(parser, next);
            if (layers.size() == MOST_LAYERS) {
                throw wrong(fields.line(), "more than " + MOST_LAYERS + " layers");
            }
            Architecture.Step layer = layer(fields);
            requireNewNames(layer, fields);
            layers.add(layer);
        }
    }

    private void requireNewNames(Architecture.Step layer, JsonObject fields) {
        for (String name : Initialisation.names(layer)) {
            if (!names.add(name)) {
                throw wrong(fields.line(), "a second layer is named '" + name + "'");
            }
        }
    }

    private Architecture.Step layer(JsonObject fields) {
        String type = fields.text("type", Optional.empty());
        String name = fields.text("name", Optional.of(type + (layers.size() + 1)));
        Architecture.Step layer = switch (type) {
            case "convolution" -> new Architecture.Convolution(
                    name, fields.integer("filters", 1, MOST_UNITS), oddKernel(fields), fields.truth("batchNorm"));
            case "max-pooling" -> new Architecture.MaxPooling(name, fields.integer("size", 2, LARGEST_SIDE));
            case "global-average-pooling" -> new Architecture.GlobalAveragePooling(name);
            case "dense" -> new Architecture.Dense(name, fields.integer("units", 1, MOST_UNITS));
            case "dropout" -> new Architecture.Dropout(name, fields.share("rate"));
            case "softmax" -> new Architecture.Softmax(name, fields.integer("classes", 2, MOST_UNITS));
            default -> throw fields.wrong("type", "'" + type + "' is no layer; there are " + TYPES);
        };
        fields.requireNoOthers();
        return layer;
    }

    private static int oddKernel(JsonObject fields) {
        int kernel = fields.integer("kernel", 1, LARGEST_SIDE);
        if (kernel % 2 == 0) {
            throw fields.wrong("kernel", kernel + " is even; the padding that keeps height and width needs an odd one");
        }
        return kernel;
    }

    private static ImageShape shape(JsonObject fields) {
        ImageShape shape = new ImageShape(
                fields.integer("channels", 1, MOST_UNITS), fields.integer("height", 1, LARGEST_SIDE), fields.integer("width", 1, LARGEST_SIDE));
        fields.requireNoOthers();
        return shape;
    }

    private static Normalisation normalisation(JsonObject fields) {
        String order = fields.text("order", Optional.of(ColourOrder.RGB.name())).toUpperCase(Locale.ROOT);
        try {
            Normalisation normalisation = new Normalisation(
                    ColourOrder.valueOf(order), fields.number("scale"), fields.numbers("mean"), fields.numbers("deviation"));
            fields.requireNoOthers();
            return normalisation;
        } catch (IllegalArgumentException e) {
            throw fields.wrong("normalisation", e.getMessage());
        }
    }

    private JsonObject object(JsonParser parser, JsonToken token) throws IOException {
        int line = line(parser);
        if (token != JsonToken.START_OBJECT) {
            throw wrong(line, "here must be an object, {…}");
        }
        JsonNode node = parser.readValueAsTree();
        return new JsonObject(file, line, node);
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private InputException wrong(int line, String what) {
        return new InputException(file + ":" + line + "  " + what);
    }
}
