package io.espalier.plugins.filters;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.pf4j.Extension;

/**
 * Euclidean norm of everything that goes with a unit: the weights that make it, in every layer that does, the weights that
 * read it in the layers that follow, and the factors of its batch norms. Shifts and statistics do not count. Source: Fang et
 * al., "DepGraph: Towards Any Structural Pruning", 2023 (its group importance).
 */
@Extension
@Named(value = "group-norm", doc = "Norm of all weights coupled with a channel, of the layers that make and that read it. Fang et al., 2023 (DepGraph).")
public final class GroupNorm implements Criterion<NoOptions> {

    private static final Set<UnitGroup.Role> COUPLED = Set.of(UnitGroup.Role.KERNEL, UnitGroup.Role.READER, UnitGroup.Role.SCALE);

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.CHANNEL);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        INDArray squares = Nd4j.zeros(group.size());
        group.members().stream().filter(member -> COUPLED.contains(member.role())).map(Units::rows).forEach(rows -> squares.addi(rows.mul(rows).sum(1)));
        return Transforms.sqrt(squares);
    }
}
