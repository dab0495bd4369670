package io.espalier.plugins.criteria;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.pf4j.Extension;

/**
 * |v|, the magnitude of the trained factor. Source: Wong, Kashyap, Moradi, "Channel Scaling: A Scale-and-Select Approach for
 * Transfer Learning", 2021.
 */
@Extension
@Named(value = "scale-magnitude", doc = "|v|, the magnitude of the trained factor.")
public final class ScaleMagnitude implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return Transforms.abs(group.scales().orElseThrow());
    }
}
