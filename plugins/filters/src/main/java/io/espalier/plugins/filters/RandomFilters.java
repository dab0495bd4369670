package io.espalier.plugins.filters;

import io.espalier.api.Candidate;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruner;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pf4j.Extension;

/** Removes filters at random: the control that every pruner must beat. */
@Extension
@Named(value = "random", doc = "Removes filters at random: the control that every pruner must beat.")
public final class RandomFilters implements Pruner<NoOptions> {

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, NoOptions options, StageContext context) {
        List<UnitGroup> groups = Channels.groups(candidate.network());
        Map<String, double[]> scores = groups.stream()
                .collect(Collectors.toMap(UnitGroup::name, g -> context.random(g.name()).doubles(g.size()).toArray()));
        return selection.plan(groups, scores, "pruner random");
    }
}
