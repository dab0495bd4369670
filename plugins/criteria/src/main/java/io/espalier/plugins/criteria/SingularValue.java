package io.espalier.plugins.criteria;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/** s, the singular value: the best low-rank approximation of the kernel, whatever the task. Source: Eckart, Young, 1936. */
@Extension
@Named(value = "singular-value", doc = "s, the singular value: the best low-rank approximation of the kernel, whatever the task.")
public final class SingularValue implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return group.singularValues().orElseThrow();
    }
}
