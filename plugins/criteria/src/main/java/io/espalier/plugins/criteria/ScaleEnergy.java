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

/** |v| s, the trained factor with the singular value that it scales: the singular value of the vector as it is used. */
@Extension
@Named(value = "scale-energy", doc = "|v| s, the singular value as the trained factor scales it.")
public final class ScaleEnergy implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return Transforms.abs(group.scales().orElseThrow()).mul(group.singularValues().orElseThrow());
    }
}
