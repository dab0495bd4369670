package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.UnsupportedTopologyException;
import java.util.List;
import org.pf4j.Extension;

/**
 * Puts a factor for each channel behind the activation of every frozen convolution whose channels can be removed. Source: Wong,
 * Kashyap, Moradi, "Channel Scaling: A Scale-and-Select Approach for Transfer Learning", 2021.
 */
@Extension
@Named(value = "insert-scalings", doc = "Puts a trainable factor for each channel behind every convolution.")
@Flow(needs = {"loaded", "plain"}, gives = {"scaled", "factors"}, takes = {"plain", "trained"})
public final class InsertScalings implements Stage<NoOptions> {

    @Override
    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) {
        Network scaled;
        try {
            scaled = ChannelScalings.insert(candidate.network());
        } catch (UnsupportedTopologyException e) {
            throw new InputException(e.getMessage(), e);
        }
        List<Node> scalings = ChannelScalings.scalings(scaled);
        if (scalings.isEmpty()) {
            throw new InputException("the network has no convolution whose channels could be removed: its layers are "
                    + candidate.network().nodes().stream().map(n -> n.name() + " (" + n.kind() + ")").toList());
        }
        List<String> refusals = Channels.refusals(candidate.network());
        if (!refusals.isEmpty()) {
            context.say("channels that pass these layers stay: " + String.join("; ", refusals));
        }
        long channels = scalings.stream().mapToLong(node -> node.parameter(ChannelScaling.FACTORS).length()).sum();
        context.say(channels + " channels in " + scalings.size() + " layers have factors");
        return candidate.with(scaled);
    }
}
