package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Scores groups by a criterion, and refuses scores that could not be compared. */
final class Scoring {

    private Scoring() {}

    /** Scores of each group by its name. */
    static Map<String, double[]> of(
            Chosen<?> chosen, Criterion<Record> criterion, List<UnitGroup> groups, UnitKind kind, Candidate candidate, StageContext context) {
        if (!criterion.units().contains(kind)) {
            throw new InputException("criterion '" + chosen.name() + "' scores " + words(criterion.units()) + ", but this stage removes "
                    + words(Set.of(kind)));
        }
        context.checkInterrupted();
        Map<String, INDArray> raw = criterion.scores(groups, chosen.options(), CriterionContext.of(candidate, context));
        Map<String, double[]> scores = new LinkedHashMap<>();
        groups.forEach(group -> scores.put(group.name(), checked(raw.get(group.name()), group, chosen.name())));
        context.journal("scores", Map.of("criterion", chosen.name(), "kind", kind, "scores", scores));
        return scores;
    }

    private static String words(Set<UnitKind> kinds) {
        return kinds.stream().sorted().map(k -> k == UnitKind.CHANNEL ? "channels" : "basis vectors").collect(Collectors.joining(" and "));
    }

    private static double[] checked(INDArray scores, UnitGroup group, String criterion) {
        if (scores == null) {
            throw new RunFailedException("criterion '" + criterion + "' gave no scores for layer '" + group.name() + "'");
        }
        double[] values = scores.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        if (values.length != group.size()) {
            throw new RunFailedException("criterion '" + criterion + "' gave " + values.length + " scores for the " + group.size()
                    + " units of layer '" + group.name() + "'; it must give one each");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new RunFailedException("criterion '" + criterion + "' gave the score " + values[i] + " for unit " + i + " of layer '"
                        + group.name() + "'; scores must be finite");
            }
        }
        return values;
    }
}
