package io.espalier.plugins.stages;

import io.espalier.api.InputException;
import io.espalier.engine.ParameterKey;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;

/** What of a layer can train. */
final class Trainables {

    private static final Set<String> NEVER = Set.of(
            BatchNormalizationParamInitializer.GLOBAL_MEAN,
            BatchNormalizationParamInitializer.GLOBAL_VAR,
            BatchNormalizationParamInitializer.GLOBAL_LOG_STD);

    private Trainables() {}

    /** Every parameter that a gradient can change; of a basis-scaling convolution the factors alone. */
    static List<ParameterKey> of(Node node) {
        if (node.layer(ChannelAffine.class).isPresent()) {
            return List.of();
        }
        if (node.layer(ChannelScaling.class).isPresent()) {
            return List.of(new ParameterKey(node.name(), ChannelScaling.FACTORS));
        }
        if (node.layer(BasisScalingConvolution.class).isPresent()) {
            return List.of(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS));
        }
        return node.parameters().keySet().stream().filter(key -> !NEVER.contains(key)).map(key -> new ParameterKey(node.name(), key)).toList();
    }

    /** The name, if the network has such a layer. */
    static String existing(Network network, String layer) {
        if (!network.has(layer)) {
            throw new InputException("the network has no layer '" + layer + "'; it has " + network.nodes().stream().map(Node::name).toList());
        }
        return layer;
    }
}
