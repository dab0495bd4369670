package @package@;

import io.espalier.api.Candidate;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruner;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pf4j.Extension;

/** A filter whose weights are all alike blurs, which its neighbours do too. */
@Extension
@Named(value = "@name@", doc = "@description@")
public final class @Class@ implements Pruner<NoOptions> {

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, NoOptions options, StageContext context) {
        List<UnitGroup> groups = Channels.groups(candidate.network());
        Map<String, double[]> scores = new LinkedHashMap<>();
        for (UnitGroup group : groups) {
            scores.put(group.name(), group.kernels().get(0).std(false, 1, 2, 3).toDoubleVector());
        }
        return selection.plan(groups, scores, "pruner @name@");
    }
}
