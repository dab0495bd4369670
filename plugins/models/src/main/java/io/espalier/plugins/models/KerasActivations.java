package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.layers.Clip;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** Activation functions by Keras' names. */
final class KerasActivations {

    /** Slope of {@code activation='leaky_relu'}, which takes no argument. */
    private static final double SLOPE = 0.2;

    private static final double SIX = 6;

    private static final Map<String, Function<KerasConfig, IActivation>> KNOWN = new TreeMap<>(Map.ofEntries(
            Map.entry("linear", config -> new ActivationIdentity()),
            Map.entry("relu", config -> new ActivationReLU()),
            Map.entry("relu6", config -> new ActivationReLU6()),
            Map.entry("leaky_relu", config -> new ActivationLReLU(SLOPE)),
            Map.entry("elu", config -> new ActivationELU(1)),
            Map.entry("sigmoid", config -> new ActivationSigmoid()),
            Map.entry("tanh", config -> new ActivationTanH()),
            Map.entry("softmax", config -> new ActivationSoftmax()),
            Map.entry("silu", config -> new ActivationSwish()),
            Map.entry("swish", config -> new ActivationSwish()),
            Map.entry("hard_sigmoid", KerasActivations::hardSigmoid),
            Map.entry("hard_silu", config -> new HardSwish()),
            Map.entry("hard_swish", config -> new HardSwish())));

    private KerasActivations() {}

    /** Keras 3 changed the function that goes by this name. */
    private static IActivation hardSigmoid(KerasConfig config) {
        return config.keras3() ? new HardSigmoid(1 / SIX, 0.5) : new HardSigmoid(SLOPE, 0.5);
    }

    /** That of an argument {@code activation}; the identity if there is none. */
    static IActivation of(KerasConfig config) {
        JsonNode value = config.get("activation");
        if (value.isMissingNode() || value.isNull()) {
            return new ActivationIdentity();
        }
        if (value.isObject() && !value.path("config").isTextual()) {
            return ofLayer(config, value);
        }
        String name = value.isObject() ? value.path("config").textValue() : value.asText();
        Function<KerasConfig, IActivation> known = KNOWN.get(name);
        if (known == null) {
            throw config.refusal("has the activation '" + name + "', which is not known here; known are " + KNOWN.keySet());
        }
        return known.apply(config);
    }

    /** A layer given as an activation: {@code Dense(8, activation=ReLU(6.0))}. */
    private static IActivation ofLayer(KerasConfig config, JsonNode value) {
        KerasConfig own = new KerasConfig(config.file(), config.layer(), value.path("config"), config.keras3());
        return switch (value.path("class_name").asText()) {
            case "ReLU" -> relu(own);
            case "LeakyReLU" -> leaky(own);
            case "ELU" -> elu(own);
            case "Softmax" -> softmax(own);
            default -> throw config.refusal("has an activation of class '" + value.path("class_name").asText()
                    + "', which is not known here; known are ReLU, LeakyReLU, ELU, Softmax and " + KNOWN.keySet());
        };
    }

    static IActivation relu(KerasConfig config) {
        double slope = config.number("negative_slope", 0);
        double threshold = config.number("threshold", 0);
        boolean bounded = config.has("max_value");
        double most = config.number("max_value", 0);
        if (threshold != 0 || bounded && slope != 0 || bounded && most <= 0 || slope < 0) {
            throw config.refusal("is a ReLU with max_value " + (bounded ? most : "none") + ", negative_slope " + slope + " and threshold "
                    + threshold + "; known are those with a max_value or a negative_slope and no threshold");
        }
        if (bounded) {
            return most == SIX ? new ActivationReLU6() : new Clip(0, most);
        }
        return slope == 0 ? new ActivationReLU() : new ActivationLReLU(slope);
    }

    static IActivation leaky(KerasConfig config) {
        return new ActivationLReLU(config.number("negative_slope", config.number("alpha", 0.3)));
    }

    static IActivation elu(KerasConfig config) {
        return new ActivationELU(config.number("alpha", 1));
    }

    static IActivation softmax(KerasConfig config) {
        JsonNode axis = config.get("axis");
        boolean last = axis.isMissingNode() || axis.isNull() || axis.asInt() == -1 || axis.asInt() == 1;
        if (!last) {
            throw config.wrong("axis", "is " + axis + "; known is the softmax over the classes, axis -1");
        }
        return new ActivationSoftmax();
    }
}
