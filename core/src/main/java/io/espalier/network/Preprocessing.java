package io.espalier.network;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How images come to the network.
 *
 * @param input extent of the network's input
 * @param fit what is done with images of another height or width
 * @param normalisation from pixel values to the network's numbers
 */
public record Preprocessing(ImageShape input, Fit fit, Normalisation normalisation) {

    public Preprocessing {
        if (!normalisation.serves(input.channels())) {
            throw new IllegalArgumentException("a normalisation of " + normalisation.mean().size()
                    + " channels does not serve a network of " + input.channels());
        }
    }

    /** As plain JSON values in a fixed order, as a model card holds it: {@code input}, {@code fit}, {@code normalisation}. */
    public Map<String, Object> asMap() {
        Map<String, Object> shape = new LinkedHashMap<>();
        shape.put("channels", input.channels());
        shape.put("height", input.height());
        shape.put("width", input.width());
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("order", normalisation.order().name());
        numbers.put("scale", normalisation.scale());
        numbers.put("mean", normalisation.mean());
        numbers.put("deviation", normalisation.deviation());
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("input", shape);
        all.put("fit", fit.name().toLowerCase(Locale.ROOT));
        all.put("normalisation", numbers);
        return all;
    }
}
