package io.espalier.plugins.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelScaling;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;

/** DL4J's JSON of a network, as it is written. */
final class ModelText {

    private ModelText() {}

    /** The same network gives the same text: DL4J's seed, by default the time of day, is 0. */
    static String of(ComputationGraphConfiguration configuration) {
        ComputationGraphConfiguration own = configuration.clone();
        own.getDefaultConfiguration().setSeed(0);
        own.getVertices().values().forEach(vertex -> {
            if (vertex instanceof LayerVertex layer) {
                layer.getLayerConf().setSeed(0);
            }
        });
        return own.toJson();
    }

    /** @throws InputException naming the layer, when one of them (or what it uses) is not DL4J's own */
    static void requireStandard(String configuration) {
        vertices(configuration).properties().forEach(vertex -> ClassNames.in(vertex.getValue()).stream()
                .filter(name -> !name.startsWith("org.deeplearning4j.") && !name.startsWith("org.nd4j."))
                .findFirst()
                .ifPresent(name -> {
                    throw new InputException("layer '" + vertex.getKey() + "' is a " + name.substring(name.lastIndexOf('.') + 1)
                            + ", which plain DL4J does not have: " + mend(name));
                }));
    }

    /** Folding makes standard layers of what a method put in; what else is not DL4J's, ONNX has a name for. */
    private static String mend(String className) {
        return Set.of(BasisScalingConvolution.class.getName(), ChannelScaling.class.getName()).contains(className)
                ? "put stage:fold before stage:export, so that only standard layers are left"
                : "export it with format=onnx, which can say it";
    }

    private static JsonNode vertices(String configuration) {
        try {
            return new ObjectMapper().readTree(configuration).path("vertices");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("DL4J wrote JSON that does not parse", e);
        }
    }
}
