package io.espalier.plugins.filters;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.pf4j.Extension;

/**
 * Sum of a filter's Euclidean distances to all filters of its layer: the filter nearest to their geometric median can best be
 * replaced by the others. Of a group whose units several layers make, the sum over those layers. Source: He et al., "Filter
 * Pruning via Geometric Median for Deep Convolutional Neural Networks Acceleration", 2019.
 */
@Extension
@Named(value = "fpgm", doc = "Sum of distances to the other filters of the layer; those near the geometric median go. He et al., 2019 (FPGM).")
public final class GeometricMedian implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.CHANNEL);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return group.members().stream()
                .filter(member -> member.role() == UnitGroup.Role.KERNEL)
                .map(member -> distances(Units.rows(member).castTo(DataType.DOUBLE)))
                .reduce(INDArray::addi)
                .orElseThrow();
    }

    /** One row at a time: all differences at once would take units times the memory of the kernels. */
    private static INDArray distances(INDArray filters) {
        INDArray sums = Nd4j.zeros(DataType.DOUBLE, filters.size(0));
        for (int i = 0; i < filters.size(0); i++) {
            INDArray differences = filters.subRowVector(filters.getRow(i));
            sums.putScalar(i, Transforms.sqrt(differences.muli(differences).sum(1)).sumNumber().doubleValue());
        }
        return sums;
    }
}
