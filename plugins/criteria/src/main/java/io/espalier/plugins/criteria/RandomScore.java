package io.espalier.plugins.criteria;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Random;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.pf4j.Extension;

/** Uniform random scores: the control that every criterion must beat. */
@Extension
@Named(value = "random", doc = "Uniform random scores: the control that every criterion must beat.")
public final class RandomScore implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        Random random = context.random(group.name());
        return Nd4j.createFromArray(random.doubles(group.size()).toArray());
    }
}
