package io.espalier.api;

import io.espalier.network.BatchNormSplit;
import io.espalier.network.Channels;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.ExtensionPoint;

/**
 * Scores how much each unit of a group matters. Normalising and selecting are not its affair.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({BatchNormSplit.class, Channels.class})
public interface Criterion<O extends Record> extends ExtensionPoint {

    /** Kinds of units that it can score. */
    Set<UnitKind> units();

    /** Raw scores of the group's units, [group.size()], finite; the lowest go first. */
    INDArray score(UnitGroup group, O options, CriterionContext context);

    /**
     * Raw scores of all groups by name, as {@link #score} gives them. To be overridden where one pass over the images serves
     * every group.
     */
    default Map<String, INDArray> scores(List<UnitGroup> groups, O options, CriterionContext context) {
        Map<String, INDArray> scores = new LinkedHashMap<>();
        groups.forEach(group -> scores.put(group.name(), score(group, options, context)));
        return scores;
    }
}
