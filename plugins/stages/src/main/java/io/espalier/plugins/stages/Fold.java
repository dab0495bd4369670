package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.Cost;
import io.espalier.network.Folding;
import io.espalier.network.Network;
import java.util.Locale;
import org.pf4j.Extension;

/**
 * Makes standard layers of all decomposed and scaled ones, exactly: one convolution where the rank saves nothing, two
 * elsewhere, the factors multiplied in.
 */
@Extension
@Named(value = "fold", doc = "Makes standard layers of all decomposed and scaled ones, exactly.")
@Flow(needs = {"loaded", "factors"}, gives = "plain", takes = {"decomposed", "scaled", "factors", "trained"})
public final class Fold implements Stage<NoOptions> {

    @Override
    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) {
        Network folded = Folding.fold(candidate.network());
        Cost cost = Cost.of(folded);
        context.say(String.format(Locale.ROOT, "%d layers, %,d parameters, %,d FLOPs", folded.nodes().size(), cost.parameters(), cost.flops()));
        return candidate.with(folded);
    }
}
