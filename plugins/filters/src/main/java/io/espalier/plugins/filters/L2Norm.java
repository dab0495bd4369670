package io.espalier.plugins.filters;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * Euclidean norm of the weights of a filter. Of a group whose units several layers make (both arms of a sum), the sum over those
 * layers. Source: Li et al., "Pruning Filters for Efficient ConvNets", 2017.
 */
@Extension
@Named(value = "l2", doc = "Euclidean norm of the weights of a filter. Li et al., 2017.")
public final class L2Norm implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.CHANNEL);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return group.kernels().stream().map(kernel -> kernel.norm2(1, 2, 3)).reduce(INDArray::add).orElseThrow();
    }
}
