package io.espalier.network;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Batch norms and affines: each channel has numbers of its own and is handed on. */
final class ScaledChannels implements ChannelRule {

    private static final Map<String, UnitGroup.Role> ROLES = Map.of(
            BatchNormalizationParamInitializer.GAMMA, UnitGroup.Role.SCALE,
            ChannelAffine.SCALE, UnitGroup.Role.SCALE,
            ChannelScaling.FACTORS, UnitGroup.Role.SCALE,
            BatchNormalizationParamInitializer.BETA, UnitGroup.Role.SHIFT,
            ChannelAffine.SHIFT, UnitGroup.Role.SHIFT);

    @Override
    public int[] follow(Node node, List<int[]> read, Strands strands) {
        return read.get(0);
    }

    @Override
    public List<Axis> axes(Node node) {
        return node.parameters().entrySet().stream()
                .map(e -> new Axis(
                        e.getKey(), e.getValue().rank() - 1, Side.GIVEN, ROLES.getOrDefault(e.getKey(), UnitGroup.Role.STATISTIC)))
                .toList();
    }

    @Override
    public Node cut(Node node, Map<String, INDArray> parameters, List<long[]> read, long[] given) {
        return node.computing(Resized.layer(node, given.length, given.length), parameters);
    }
}
