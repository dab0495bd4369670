package io.espalier.plugins.filters;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.pf4j.Extension;

/**
 * Absolute factor gamma of a channel's batch norm; the sum over them where a unit goes through several. Source: Liu et al.,
 * "Learning Efficient Convolutional Networks through Network Slimming", 2017.
 */
@Extension
@Named(value = "slimming", doc = "Absolute factor of the channel's batch norm. Liu et al., 2017 (network slimming).")
public final class Slimming implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.CHANNEL);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return factors(group, context.network()).stream()
                .map(member -> Transforms.abs(Units.rows(member)).sum(1))
                .reduce(INDArray::addi)
                .orElseThrow(() -> new InputException("criterion 'slimming' needs a batch norm behind every layer, and the channels of layer '"
                        + group.name() + "' go through none; keep its channels with keep=" + group.name() + ", keep the batch norms of a network"
                        + " that has them (decompose?batchNorm=frozen), or choose another criterion (taylor-weights, l2)"));
    }

    private static List<UnitGroup.Member> factors(UnitGroup group, Network network) {
        return group.members().stream()
                .filter(member -> member.role() == UnitGroup.Role.SCALE)
                .filter(member -> network.node(member.layer()).layer(BatchNormalization.class).isPresent())
                .toList();
    }
}
