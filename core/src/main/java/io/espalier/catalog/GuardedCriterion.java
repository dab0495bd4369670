package io.espalier.catalog;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A criterion as another extension gets it: what it gives can be used, or the error names its plugin. */
record GuardedCriterion(Criterion<Record> criterion, GuardedCall call) implements Criterion<Record> {

    @Override
    public Set<UnitKind> units() {
        return criterion.units();
    }

    @Override
    public INDArray score(UnitGroup group, Record options, CriterionContext context) {
        INDArray scores = call.on(
                group.members().stream().map(UnitGroup.Member::tensor).toList(), () -> criterion.score(group, options, context));
        requireUsable(scores, group);
        return scores;
    }

    @Override
    public Map<String, INDArray> scores(List<UnitGroup> groups, Record options, CriterionContext context) {
        Map<String, INDArray> scores = call.on(
                groups.stream().flatMap(group -> group.members().stream()).map(UnitGroup.Member::tensor).toList(),
                () -> criterion.scores(groups, options, context));
        groups.forEach(group -> requireUsable(scores.get(group.name()), group));
        return scores;
    }

    private void requireUsable(INDArray scores, UnitGroup group) {
        if (scores == null) {
            throw call.fault("gave no scores for layer '" + group.name() + "'");
        }
        if (scores.length() != group.size()) {
            throw call.fault("gave " + scores.length() + " scores for the " + group.size() + " units of layer '" + group.name()
                    + "'; it must give one each");
        }
        double[] values = scores.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw call.fault("gave the score " + values[i] + " for unit " + i + " of layer '" + group.name() + "'; scores must be finite");
            }
        }
    }
}
