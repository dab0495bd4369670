package io.espalier.testkit;

import io.espalier.api.Criterion;
import io.espalier.api.NoOptions;
import io.espalier.network.Cost;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What every criterion promises. */
public abstract class CriterionContract extends PluginContract {

    protected CriterionContract(Class<? extends Criterion<?>> criterion) {
        super(criterion, Criterion.class);
    }

    /**
     * A group of channels that has these kernels and nothing else, for claims about scores of weights that you write down.
     *
     * @param weights of each unit, one row of any length each
     */
    protected static UnitGroup channels(double[]... weights) {
        INDArray kernels = Nd4j.createFromArray(weights).castTo(DataType.FLOAT).reshape(weights.length, weights[0].length, 1, 1);
        return new UnitGroup(
                "written down", UnitKind.CHANNEL, weights.length, weights.length, List.of(UnitGroup.Member.kernels("written down", "W", kernels)),
                Optional.empty(), Optional.empty(), Optional.empty(), new Cost(1, 1), left -> new Cost(1, 1));
    }

    /** Scores by a criterion without options that looks at nothing but the group. */
    protected static double[] scores(Criterion<NoOptions> criterion, UnitGroup group) {
        return criterion.score(group, new NoOptions(), null).toDoubleVector();
    }
}
