package io.espalier.plugins.criteria;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.pf4j.Extension;

/**
 * Sum over the minibatches of the last training of (v dL/dv)^2, the first-order Taylor expansion of what removing a vector
 * costs. Source: Molchanov et al., "Importance Estimation for Neural Network Pruning", 2019.
 */
@Extension
@Named(value = "basis-taylor", doc = "Sum of (v dL/dv)^2 over the last training; the first-order cost of removing a vector.")
@Flow(needs = "trained")
public final class BasisTaylor implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return Nd4j.createFromArray(group.importance().orElseThrow(() -> new InputException(
                "criterion 'basis-taylor' needs the importance sums of a training; put stage:train-scalings before")));
    }
}
