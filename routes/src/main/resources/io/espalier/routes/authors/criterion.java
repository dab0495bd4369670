package @package@;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/** The largest absolute weight of a unit: one strong connection is enough to keep it. */
@Extension
@Named(value = "@name@", doc = "@description@")
public final class @Class@ implements Criterion<NoOptions> {

    @Override
    public Set<UnitKind> units() {
        return Set.of(UnitKind.BASIS_VECTOR, UnitKind.CHANNEL);
    }

    @Override
    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
        return group.kernels().stream().map(kernels -> kernels.amax(1, 2, 3)).reduce(INDArray::add).orElseThrow();
    }
}
